"""Other people's programs, run so that they can harm nothing but their own answer (ports.ToolFence).

system.py        SystemFence: which way there is on this system, and a run by it
bubblewrap.py    the strong way: namespaces of its own
view.py          what of the system a program sees there
plain.py         the weak way: limits and a group to kill; `warden` runs as that group's keeper
attending.py     a started program watched to its end: what it says, time, processes, memory
groups.py        what processes there are, and what they take
rlimits.py       the kernel's own limits, as a command that sets them
"""
