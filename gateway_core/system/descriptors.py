"""The limit on open files of this process, and the share of it that one kind of work may take.

The limit is 256 on macOS. It is not raised: gateways that are started would inherit that.
"""

import errno
import resource

_MOST = 256
NONE_LEFT = (errno.EMFILE, errno.ENFILE)
"""The errors that say nothing of what was to be opened, only that there are too many open files."""


def descriptor_share() -> int:
    """A quarter of the descriptors: for questions, for holds on processes, for logs; the last one is for all else."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST if soft == resource.RLIM_INFINITY else max(2, min(_MOST, soft // 4))
