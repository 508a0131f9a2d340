"""Ports: what each instance claims, what listens on this host, where both collide, and where there is room.

How a conflict is found, from top to bottom:

- `claims`: the ports of one instance, by its product, version and config.
- `claimants`: all that takes ports on a host. Each instance is a claimant; `HostPorts` has them all, with the
  listeners, the kernel's limits, and the instances that onboardings under way will have.
- `port_line`: claimants that use one base port are one port group. A claim with those who make it is a `Wanted`; all
  claims and listeners, sorted by port, are the port line.
- `overlaps`: every two things on the line that want or hold one port, each pair graded by itself.
- `conflict_groups`: overlaps of one cause are one conflict group; `kernel_limits` adds what has no other side.
- `conflicts`: each group becomes a conflict with an id that lasts, its reason in words (`wording`), and the remedies
  (`remedies`) that `remedy_search` found to end it and cause none. They move to `free_blocks`, as do new gateways.
"""
