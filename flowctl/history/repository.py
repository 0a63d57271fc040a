"""A git repository with its work tree, held open for as long as the command runs."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from flowctl.diag import FlowctlError
from flowctl.history import commit, lock, names, remote, transaction, tree, worktree
from flowctl.history.command import Runner
from flowctl.history.commit import CommitInfo, Person
from flowctl.history.local import Local
from flowctl.history.objects import Entry, Objects, blobs, entries, file, listings
from flowctl.history.operations import Effect, Operations
from flowctl.history.remote import Fetched
from flowctl.history.transaction import RefUpdate
from flowctl.history.worktree import Head


class Repository:
    """One repository with its work tree. Versions are anything that git understands, but never begin with `-`.

    Paths are relative to `root` with `/` between the parts. Every method raises FlowctlError for what git refuses.
    """

    def __init__(self, root: Path, git_dir: Path, common_dir: Path) -> None:
        self.root = root
        self._git_dir = git_dir
        self._common_dir = common_dir
        self._runner = Runner(root)
        self._objects = Objects(self._runner)
        self.local = Local(self._runner, self._common_dir)
        self.operations = Operations(self._common_dir, self._git_dir)
        # also when the program ends, before Python complains of a process that was left running
        self._closing = weakref.finalize(self, self._objects.close)

    def close(self) -> None:
        self._closing()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def own_folder(self) -> Path:
        """Where flowctl keeps what belongs to this work tree and to no version: in git's own folder of it."""
        return self._git_dir / "flowctl"

    @property
    def is_shallow(self) -> bool:
        """Whether the clone has only the newest commits."""
        return (self._common_dir / "shallow").is_file()

    # -- versions -----------------------------------------------------------------------------------------------------

    def resolve(self, version: str) -> str | None:
        """The id of the commit that a version names, or None when it names none."""
        return self._objects.id_of(f"{names.check_version(version)}^{{commit}}")

    def tree_id(self, version: str) -> str:
        """The id of a commit's tree; a tree's own id stands for itself."""
        found = self._objects.id_of(f"{names.check_version(version)}^{{tree}}")
        if found is None:
            raise _no_version(version)
        return found

    def read(self, version: str, path: str) -> bytes | None:
        """A file's bytes as stored, or None when the version has no such file."""
        return file(self._objects, self.tree_id(version), names.tree_path(path))

    def text(self, version: str, path: str) -> str | None:
        """As `read`, decoded; line ends and a byte order mark are kept.

        Raises:
            FlowctlError: The file is not UTF-8.
        """
        data = self.read(version, path)
        try:
            return None if data is None else data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise FlowctlError(
                f"`{version}:{path}` is not UTF-8 (byte {error.start + 1})", hint="save it as UTF-8"
            ) from error

    def files(self, version: str, under: str | Sequence[str] = "") -> dict[str, bytes]:
        """The files of a version below a folder (or several; or files), sorted by path; symlinks are left out."""
        top = self.tree_id(version)
        folders = [under] if isinstance(under, str) else under
        found = {
            path: entry
            for name in folders
            for path, entry in entries(self._objects, top, names.tree_path(name)).items()
        }
        return blobs(self._objects, sorted(found.items()))

    def paths(self, version: str, under: str = "") -> tuple[str, ...]:
        """The paths of `files`, sorted, without reading one."""
        found = entries(self._objects, self.tree_id(version), names.tree_path(under))
        return tuple(path for path, entry in found.items() if entry.is_file)

    def ids(self, versions: Sequence[str], path: str) -> list[str | None]:
        """What git calls the content of a file or folder in many versions, None where one has no such path.

        Equal ids are equal contents. It is one question, however many versions there are.
        """
        below = names.tree_path(path)
        found = self._objects.heads([f"{names.check_version(version)}:{below}" for version in versions])
        return [item.id if item else None for item in found]

    def listings(self, trees: Iterable[str]) -> dict[str, dict[str, str]]:
        """The ids of the files below many folders, each named by its id; folders that are alike are read once."""
        found = listings(self._objects, map(names.check_object, trees))
        return {tree: {path: e.id for path, e in sorted(below.items()) if e.is_file} for tree, below in found.items()}

    def contents(self, ids: Sequence[str]) -> list[bytes]:
        """The contents that ids stand for, in the same order.

        Raises:
            FlowctlError: One of them is missing from this clone.
        """
        wanted = dict.fromkeys(map(names.check_object, ids))
        found = blobs(self._objects, [(id_, Entry("100644", id_)) for id_ in wanted])
        return [found[id_] for id_ in ids]

    def refs(self, prefix: str = "refs/") -> dict[str, str]:
        """The commits of the refs whose full names begin with a folder (`refs/tags/live/`), in git's order."""
        form = "--format=%(refname)%00%(objectname)%00%(*objectname)"
        folder = names.check_ref(prefix.rstrip("/") + "/x").removesuffix("x")
        lines = (line.split("\0") for line in self._runner.run("for-each-ref", form, folder).line.splitlines())
        return {ref: peeled or own for ref, own, peeled in lines}

    def commit_info(self, version: str) -> CommitInfo:
        [found] = commit.log(self._runner, self._commit(version), (), limit=1, since=None, walk=False)
        return found

    def log(
        self,
        paths: Sequence[str] = (),
        *,
        version: str = "HEAD",
        limit: int | None = None,
        since: datetime | None = None,
    ) -> tuple[CommitInfo, ...]:
        """The commits that touched the paths (none: all), newest first; empty before the first commit."""
        start = self.resolve(version)
        if start is None and version != "HEAD":
            raise _no_version(version)
        spelled = [names.tree_path(path) for path in paths]
        return commit.log(self._runner, start, spelled, limit=limit, since=since) if start else ()

    def merge_base(self, a: str, b: str) -> str | None:
        answer = self._runner.run("merge-base", self._commit(a), self._commit(b), allow=(0, 1))
        return answer.line or None

    def is_ancestor(self, older: str, newer: str) -> bool:
        """True also when both are the same commit."""
        return (
            self._runner.run(
                "merge-base", "--is-ancestor", self._commit(older), self._commit(newer), allow=(0, 1)
            ).status
            == 0
        )

    def changed_paths(self, a: str, b: str) -> tuple[str, ...]:
        """The files that two versions do not have alike, sorted; a renamed file counts twice."""
        return worktree.changed_paths(self._runner, self.tree_id(a), self.tree_id(b))

    def _commit(self, version: str) -> str:
        if (found := self.resolve(version)) is None:
            raise _no_version(version)
        return found

    # -- the work tree ------------------------------------------------------------------------------------------------

    def head(self) -> Head:
        return worktree.head(self._runner, self._objects, self._git_dir)

    def inside(self, path: str | os.PathLike[str]) -> str:
        """The path as git spells it; relative ones count from `root`. Refuses what leads out of the workspace."""
        return names.inside(self.root, path)

    def unsaved(self, under: str | Sequence[str] = "", *, untracked: bool = True) -> tuple[str, ...]:
        """The files with edits that are in no commit, staged or not, removed ones too; ignored files never."""
        return worktree.unsaved(self._runner, _paths(under), untracked=untracked)

    def commit_worktree(
        self,
        under: str | Sequence[str],
        message: str,
        *,
        when: datetime,
        author: Person | None = None,
        committer: Person | None = None,
    ) -> str | None:
        """Saves all that is below the given paths, and nothing else, as a commit on the branch that is checked out.

        Args:
            under: Folders or files; those that do not exist are fine. `""` is everything, no path at all is nothing.

        Returns:
            The commit, or None when there was nothing to save.

        Raises:
            FlowctlError: A merge or rebase of git is under way.
            RefMoved: The branch moved meanwhile. Neither branch nor index nor files were touched.
        """
        maker = committer or self.require_identity()
        worktree.require_calm(self._git_dir)
        head = self.head()
        with lock.index_lock(self._git_dir) as held:
            saved = worktree.stage(self._runner, held, self._git_dir / "index", _paths(under), head.commit)
            if saved == (self.tree_id(head.commit) if head.commit else tree.empty_tree(self._runner)):
                return None
            parents = [head.commit] if head.commit else []
            made = self.commit_tree(saved, parents, message, author or maker, when, committer=maker)
            with self.operations.of_files_that_stay():
                self.transaction([RefUpdate(head.ref, made, head.commit)], message=f"commit: {message}")
            held.commit()
        return made

    def switch(self, branch: str) -> None:
        """Checks a branch out. Files that git does not know survive. The same call takes up a switch that was killed.

        Raises:
            FlowctlError: No such branch, unsaved edits, or another work tree is on the branch. Nothing was moved.
        """
        ref = names.check_ref(f"refs/heads/{branch}")
        target = self._objects.id_of(f"{ref}^{{commit}}")
        if target is None:
            raise FlowctlError(f"there is no branch `{branch}`", hint="`git branch` lists them")
        if folder := self.checked_out_elsewhere(branch):
            raise FlowctlError(f"`{branch}` is checked out in `{folder}`", hint="work there, or switch that one first")
        worktree.require_calm(self._git_dir)
        if lost := worktree.unlike(self._runner, self._objects, self.unsaved(untracked=False), self.tree_id(target)):
            raise worktree.in_the_way(lost)
        before = self.head()
        self.refresh_worktree(before.commit, target)
        self._runner.run("symbolic-ref", "-m", f"flowctl: switch to {branch}", "HEAD", ref)
        self.operations.record([Effect("head", "", before.branch or before.commit, branch)])

    def under_way(self) -> str | None:
        """What of git's own waits for the user: `merge`, `rebase`, `cherry-pick`, `revert`."""
        return worktree.under_way(self._git_dir)

    def unmerged(self) -> tuple[str, ...]:
        """The files that a merge of git's own has left for somebody to settle, and to add."""
        return worktree.unmerged(self._runner)

    def require_calm(self) -> None:
        """Refuses to go on in the middle of a merge, rebase, cherry-pick or revert of git."""
        worktree.require_calm(self._git_dir)

    def checked_out_elsewhere(self, branch: str) -> str | None:
        """The folder of another work tree that is on the branch: its files would not follow when the branch moves."""
        return worktree.other_worktree_of(self._runner, branch)

    def refresh_worktree(self, old: str | None, new: str) -> None:
        """Brings index and files from `old` to `new` (None: no files) after the branch that is checked out was moved.

        Ask `unsaved` before the branch is moved. A refresh that was killed is taken up by the same call.

        Raises:
            FlowctlError: An edit is in the way. Nothing was touched.
        """
        before = self.tree_id(old) if old else tree.empty_tree(self._runner)
        worktree.move(self._runner, self._objects, self._git_dir / "index", before, self.tree_id(new))

    def restore_worktree(self, paths: Iterable[str]) -> None:
        """Makes the index, and the files of these paths, those of HEAD's commit; other files stay as they are.

        A call that was killed is taken up by the same call.
        """
        self.reset_index()
        known = sorted({*paths} & {*self.paths("HEAD")})
        script = "".join(f"{path}\0" for path in known).encode("utf-8", "surrogateescape")
        self._runner.run("checkout-index", "-f", "-u", "-z", "--stdin", stdin=script)

    def reset_index(self) -> None:
        """Makes the index that of HEAD's commit; files stay. For the index that a killed `commit_worktree` leaves."""
        commit_id = self.head().commit
        self._runner.run("read-tree", *(["--reset", commit_id] if commit_id else ["--empty"]))
        self._runner.run("update-index", "-q", "--refresh", allow=(0, 1))

    # -- writing beside the work tree ---------------------------------------------------------------------------------

    def write_tree(self, base: str | None, changes: Mapping[str, bytes | None]) -> str:
        """The id of the tree that `base` (a version; None: no files) becomes by the changes; None removes a file."""
        return tree.write_tree(self._runner, base and self.tree_id(base), changes)

    def commit_tree(
        self,
        tree_id: str,
        parents: Sequence[str],
        message: str,
        author: Person | None,
        when: datetime,
        *,
        committer: Person | None = None,
    ) -> str:
        """The id of a new commit that no ref points at yet; the same arguments and identity give the same id.

        Args:
            author: None for the committer.
            when: With a zone; whole seconds count.
            committer: None for git's identity.
        """
        maker = committer or self.require_identity()
        return commit.commit_tree(
            self._runner, tree_id, parents, message, author=author or maker, committer=maker, when=when
        )

    def transaction(self, updates: Sequence[RefUpdate], *, message: str = "flowctl") -> None:
        """Moves refs, all or none, each only from its `old`; `message` goes to the reflog.

        Whoever moves the branch that is checked out calls `refresh_worktree` next, or lets the files stay as they are.

        Raises:
            RefMoved: A ref is not at its `old`; it names each. Nothing was moved.
        """
        transaction.transaction(self._runner, self._objects, updates, message=message)
        self.operations.record(Effect("ref", update.ref, update.old, update.new) for update in updates)

    # -- people, locks ------------------------------------------------------------------------------------------------

    def identity(self) -> Person | None:
        """Whom git's configuration names; what git would guess from the machine does not count."""
        return commit.identity(self._runner)

    def require_identity(self) -> Person:
        """As `identity`; its error's hint holds the two commands that set one."""
        return commit.require_identity(self._runner)

    def stale_locks(self) -> list[Path]:
        """git's lock files that exist now. Whether their writers are dead, the caller must know."""
        return lock.locks(self._git_dir, self._common_dir)

    def remove_locks(self, paths: Iterable[Path]) -> None:
        """Removes those of the paths that `stale_locks` lists, and no other file."""
        lock.remove_locks(self.stale_locks(), paths)

    def tidy(self) -> None:
        """Packs loose objects when git finds that there are many; our own plumbing never makes git look."""
        self._runner.run("gc", "--auto", "--quiet")

    # -- the remote ---------------------------------------------------------------------------------------------------

    def remote(self) -> str | None:
        """The remote's name, `origin`, or None when there is none."""
        return remote.ORIGIN if remote.url(self._runner) else None

    def fetch(self) -> Fetched:
        """Brings the remote's branches to `refs/remotes/origin/` and its new tags; moves and removes no tag of ours."""
        return remote.fetch(self._runner)

    def push_atomic(self, updates: Sequence[RefUpdate]) -> None:
        """Moves refs on the remote, all or none, each only from its `old`; repeating a push that arrived is fine.

        Raises:
            PushRejected: A ref is not at its `old` there; it names each.
            PushRefused: The remote does not want it (protected branch, hook).
        """
        remote.push(self._runner, updates)
        self.operations.record(Effect("push", update.ref, update.old, update.new) for update in updates)


def _paths(under: str | Sequence[str]) -> list[str]:
    folders = [under] if isinstance(under, str) else under
    return [names.tree_path(path) or "." for path in folders]


def _no_version(version: str) -> FlowctlError:
    return FlowctlError(f"there is no version `{version}`", hint="`git branch --all` and `git tag` list names")
