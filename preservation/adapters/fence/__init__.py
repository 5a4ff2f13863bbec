"""Other people's programs, run so that they can harm nothing but their own answer (ports.ToolFence).

system.py        SystemFence: which way there is on this system, and a run by it
bubblewrap.py    the strong way: namespaces of its own
view.py          what of the system a program sees there
plain.py         the weak way: limits and a group to kill; `warden` runs as that group's keeper
attending.py     a started program watched to its end: what it says, time, processes, memory
groups.py        what processes there are, and what they take
written.py       what lies in the folders that they write in
rlimits.py       the kernel's own limits, as a command that sets them

Looked at several times a second, and no promise in between: memory of the group, memory in files without a name (memfd),
all that is written. Files without a name, or deleted, are seen where a process holds them open; not where they are mapped and
closed without being touched, on their way through a socket, or of a thread with a table of descriptors of its own. Who has to
bound these as well runs the workers in a control group with a limit of memory.
"""
