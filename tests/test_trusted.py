"""Which places are trusted: nobody else can write there, or put another thing in their place."""

from __future__ import annotations

import grp
import os
import pwd
import struct
from pathlib import Path
from types import SimpleNamespace

import pytest

from mmpctl import trusted
from mmpctl.errors import UsageError
from mmpctl.trusted import PlaceError, open_file, plain_path, read_file, require_trusted

ANOTHER = 4711
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """`above/folder/file`, for the user alone."""
    folder = tmp_path / "above" / "folder"
    folder.mkdir(parents=True, mode=0o755)
    (folder.parent).chmod(0o755)
    (folder / "file").write_text("mine")
    (folder / "file").chmod(0o644)
    return folder / "file"


def test_what_is_ones_own_is_trusted(place: Path) -> None:
    require_trusted(place, "the file")
    require_trusted(place.parent, "the folder")
    require_trusted(place.with_name("not yet") / "there", "the file")
    place.chmod(0o600)
    require_trusted(place, "the file")


@pytest.mark.parametrize("up", [0, 1, 2], ids=["itself", "its folder", "a folder above"])
def test_what_others_may_write_is_not(place: Path, up: int) -> None:
    faulty = (place, *place.parents)[up]
    faulty.chmod(faulty.stat().st_mode | 0o002)
    with pytest.raises(
        PlaceError, match=rf"the file {place} cannot be trusted: everybody may write to {faulty}"
    ) as told:
        require_trusted(place, "the file")
    assert f"chmod go-w {faulty}" in told.value.advice
    assert isinstance(told.value, UsageError)
    faulty.chmod(faulty.stat().st_mode & ~0o022)
    require_trusted(place, "the file")


def test_the_cure_can_be_copied(tmp_path: Path) -> None:
    folder = tmp_path / "of all; and more"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(PlaceError, match=r"`chmod go-w '.*/of all; and more'`"):
        require_trusted(folder, "the folder")


def test_a_sticky_folder_above_is_no_fault(place: Path) -> None:
    place.parent.chmod(0o1777)
    require_trusted(place, "the file")
    require_trusted(place.with_name("not yet"), "the file")


@as_root
@pytest.mark.parametrize("up", [0, 1, 2], ids=["itself", "its folder", "a folder above"])
def test_what_belongs_to_another_is_not_trusted_in_a_sticky_folder_either(place: Path, up: int) -> None:
    faulty = (place, *place.parents)[up]
    faulty.parent.chmod(0o1777)
    os.chown(faulty, ANOTHER, ANOTHER)
    with pytest.raises(PlaceError, match=rf"{faulty} belongs to the user {ANOTHER}"):
        require_trusted(place, "the file")


@as_root
def test_a_link_of_another_is_not_followed(place: Path) -> None:
    link = place.with_name("link")
    link.symlink_to(place)
    require_trusted(link, "the file")
    os.lchown(link, ANOTHER, ANOTHER)
    with pytest.raises(PlaceError, match=rf"{link} belongs to the user {ANOTHER}"):
        require_trusted(link, "the file")


@as_root
def test_files_of_whoever_called_sudo_are_roots_to_use(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.chown(place, ANOTHER, ANOTHER)
    monkeypatch.setenv("SUDO_UID", str(ANOTHER))
    require_trusted(place, "the file")
    monkeypatch.setenv("SUDO_UID", str(ANOTHER + 1))
    with pytest.raises(PlaceError, match="belongs to"):
        require_trusted(place, "the file")


def test_where_a_link_leads_is_looked_at(place: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("above/../above/folder")
    require_trusted(tmp_path / "link" / "file", "the file")
    place.parent.chmod(0o757)
    with pytest.raises(PlaceError, match="everybody may write to"):
        require_trusted(tmp_path / "link" / "file", "the file")


def test_links_in_a_circle_are_told(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    with pytest.raises(PlaceError, match="link that leads back to itself"):
        require_trusted(tmp_path / "one", "the file")


def test_a_relative_path_is_looked_at_from_the_working_directory(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.parent)
    require_trusted(Path("file"), "the file")
    place.parent.chmod(0o777)
    with pytest.raises(PlaceError):
        require_trusted(Path("file"), "the file")


@pytest.mark.parametrize(
    ("members", "primaries", "safe"),
    [
        ([], [], True),
        (["me"], ["me"], True),
        (["me", "root"], [], True),
        (["me", "eve"], [], False),
        ([], ["me", "eve"], False),
        (["nobody-knows"], [], False),
    ],
)
def test_the_rights_of_a_group_of_ones_own_are_no_fault(
    place: Path, monkeypatch: pytest.MonkeyPatch, members: list[str], primaries: list[str], safe: bool
) -> None:
    numbers = {"root": 0, "me": place.stat().st_uid, "eve": ANOTHER}
    group = place.stat().st_gid

    def user(name: str) -> SimpleNamespace:
        return SimpleNamespace(pw_name=name, pw_uid=numbers[name], pw_gid=group if name in primaries else ANOTHER)

    monkeypatch.setattr(pwd, "getpwall", lambda: [user(name) for name in numbers])
    monkeypatch.setattr(pwd, "getpwnam", user)
    monkeypatch.setattr(grp, "getgrgid", lambda _: SimpleNamespace(gr_mem=members, gr_name="staff"))
    trusted._is_private.cache_clear()
    place.chmod(0o664)
    try:
        if safe:
            require_trusted(place, "the file")
        else:
            with pytest.raises(PlaceError, match="the group staff may write to"):
                require_trusted(place, "the file")
    finally:
        trusted._is_private.cache_clear()


def give_rights(place: Path, rights: int, *, user: int | None = None, group: int | None = None) -> None:
    """As `setfacl -m u:USER:RIGHTS` (or `g:GROUP:RIGHTS`) does; the mask lets it through."""
    nobody = 0xFFFFFFFF
    named = (2, rights, user) if user is not None else (8, rights, group)
    entries = sorted([(1, 6, nobody), (4, 6, nobody), named, (16, rights, nobody), (32, 4, nobody)])
    content = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    try:
        os.setxattr(place, "system.posix_acl_access", content)
    except (AttributeError, OSError):
        pytest.skip("this system has no access lists here")


@pytest.mark.parametrize(
    ("rights", "others", "safe"),
    [
        (6, {"user": ANOTHER}, False),
        (6, {"group": ANOTHER}, False),
        (4, {"user": ANOTHER}, True),
        (6, {"user": os.geteuid()}, True),
    ],
    ids=["a user writes", "a group writes", "a user reads", "oneself"],
)
@pytest.mark.parametrize("up", [0, 1], ids=["itself", "its folder"])
def test_an_access_list_gives_no_rights_unseen(
    place: Path, monkeypatch: pytest.MonkeyPatch, rights: int, others: dict[str, int], safe: bool, up: int
) -> None:
    # The group of the file is its owner's alone: the mode by itself would be no fault.
    monkeypatch.setattr(trusted, "_is_private", lambda group, _: group != ANOTHER)
    faulty = (place, *place.parents)[up]
    give_rights(faulty, rights, **others)
    if safe:
        require_trusted(place, "the file")
        return
    with pytest.raises(PlaceError, match=rf"the file {place} cannot be trusted: .*{ANOTHER} .*may write to {faulty}"):
        require_trusted(place, "the file")
    if not up:
        with pytest.raises(PlaceError, match="access list"):
            read_file(place, "the file")
    # The cure that is told takes it away.
    faulty.chmod(faulty.stat().st_mode & ~0o022)
    require_trusted(place, "the file")


@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_WRONLY | os.O_CREAT, os.O_RDWR | os.O_CREAT])
@pytest.mark.parametrize("kind", ["link", "dangling", "pipe", "folder", "device"])
def test_nothing_but_a_plain_file_is_opened_and_nobody_waits(tmp_path: Path, flags: int, kind: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    path = tmp_path / "file"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        targets = {"link": victim, "dangling": tmp_path / "nowhere", "device": Path("/dev/null")}
        path.symlink_to(targets[kind])
    with pytest.raises(PlaceError, match="not a plain file"):
        open_file(path, flags, "the file")
    assert victim.read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


def test_a_device_itself_is_not_opened() -> None:
    with pytest.raises(PlaceError, match="not a plain file"):
        open_file(Path(os.devnull), os.O_RDWR, "the file")


def test_a_file_is_made_for_the_user_alone_and_read_again(tmp_path: Path) -> None:
    descriptor = open_file(tmp_path / "new", os.O_WRONLY | os.O_CREAT, "the file")
    os.write(descriptor, b"content")
    os.close(descriptor)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600
    assert read_file(tmp_path / "new", "the file") == b"content"
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "none", "the file")


def test_a_path_is_shown_without_detours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "work").mkdir()
    assert plain_path(Path("work/../fleet/./known_hosts")) == tmp_path / "fleet" / "known_hosts"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert plain_path(Path("~/known_hosts")) == tmp_path / "known_hosts"


def test_a_path_that_leads_elsewhere_without_its_detour_keeps_it(tmp_path: Path) -> None:
    (tmp_path / "far" / "away").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "far" / "away")
    behind = tmp_path / "link" / ".." / "known_hosts"
    assert plain_path(behind) == behind
    # A link that stays in the path is one that the user has named.
    assert plain_path(tmp_path / "link" / "." / "known_hosts") == tmp_path / "link" / "known_hosts"
