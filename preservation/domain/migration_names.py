"""What results of a format migration are called: as their sources, with another suffix."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import count


def result_names(sources: Collection[str], suffix: str) -> Mapping[str, str]:
    """What each source's result is called, by the source's path: with the new suffix in place of the old one.

    Where two would have one name, or one would be a folder of another, the new suffix stands behind the whole old name, and a
    number behind that. The same sources always give the same names.
    """
    folders = {parent for path in sources for parent in _folders(path)}
    wanted: dict[str, int] = {}
    for path in sources:
        wanted[_plain(path, suffix)] = wanted.get(_plain(path, suffix), 0) + 1
    names: dict[str, str] = {}
    used: set[str] = set()
    for path in sorted(sources):
        plain = _plain(path, suffix)
        name = plain if wanted[plain] == 1 and plain not in folders and plain not in used else path + suffix
        number = 2
        while name in used or name in folders or (name != plain and name in wanted):
            name = f"{path}-{number}{suffix}"
            number += 1
        used.add(name)
        names[path] = name
    return names


def names_of_results(counts: Mapping[str, int], suffix: str) -> Mapping[str, tuple[str, ...]]:
    """The names of all results: `counts` says how many a source has, by its path.

    One result has the name that `result_names` gives. Several have that name with numbers; where one of those is taken, all of
    them stand behind another name.
    """
    single = result_names(list(counts), suffix)
    taken = {*single.values(), *(parent for path in counts for parent in _folders(path))}
    names: dict[str, tuple[str, ...]] = {}
    for path in sorted(counts):
        if counts[path] == 1:
            names[path] = (single[path],)
            continue
        for stem in _stems(path, single[path], suffix):
            found = tuple(numbered(stem, number + 1) for number in range(counts[path]))
            if taken.isdisjoint(found):
                break
        taken.update(found)
        names[path] = found
    return names


def numbered(name: str, number: int) -> str:
    """The name of one of several results: "a/b.tif" -> "a/b-0003.tif"."""
    folder, slash, last = name.rpartition("/")
    stem, dot, suffix = last.rpartition(".")
    return f"{folder}{slash}{stem}-{number:04d}{dot}{suffix}" if stem else f"{name}-{number:04d}"


def _stems(path: str, name: str, suffix: str) -> Iterator[str]:
    """What numbers may stand behind: there is always another one."""
    yield name
    yield path + suffix
    for number in count(2):
        yield f"{path}-{number}{suffix}"


def _plain(path: str, suffix: str) -> str:
    folder, slash, name = path.rpartition("/")
    stem = name.rpartition(".")[0] or name
    return f"{folder}{slash}{stem}{suffix}"


def _folders(path: str) -> Iterable[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
