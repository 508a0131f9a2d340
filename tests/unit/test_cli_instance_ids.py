"""Which instance an id means that a user has typed."""

import pytest

from claw_tui.cli.errors import CommandError
from claw_tui.cli.instance_ids import candidates, resolve
from tests.cli_pictures import RESCUE, picture, renamed


def test_of_ids_that_differ_in_case_the_one_written_is_meant_and_none_where_that_does_not_tell() -> None:
    both = picture(RESCUE, renamed(RESCUE, "openclaw:Rescue"))
    assert [found.id for found in candidates(both, "openclaw:Rescue")] == ["openclaw:Rescue"]
    assert resolve(both, "openclaw:rescue") == RESCUE
    with pytest.raises(CommandError, match="more than one") as refused:
        resolve(both, "OPENCLAW:RESCUE")
    assert refused.value.hint == "Say which: openclaw:rescue, openclaw:Rescue"
