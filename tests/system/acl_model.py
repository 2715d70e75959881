# SPDX-License-Identifier: ISC
"""A second opinion on who may do what, for test_acl_model.py: RFC 3744 5.5, 6 and Appendix B, RFC 4791 6.1.1 and the rules of
denial, written from the texts alone. It keeps what is where, the entries, the groups; no clients' data, no shares."""
import posixpath

AGGREGATES = {  # RFC 3744 3.12, RFC 4791 6.1.1; "read" among its own parts is reading itself
    "read": {"read", "read-free-busy", "read-current-user-privilege-set"},
    "write": {"write-properties", "write-content", "bind", "unbind"},
}
LEAVES = AGGREGATES["read"] | AGGREGATES["write"] | {"unlock", "read-acl", "write-acl"}
AGGREGATES["all"] = set(LEAVES)
WORDS = sorted(LEAVES | set(AGGREGATES))
NOTHING, UID, EXISTS, CONFLICT, OK = "404", "409 uid", "405", "409", "ok"


def leaves(words):
    return set().union(*(AGGREGATES.get(word, {word}) for word in words))


def parent(path):
    return posixpath.dirname(path)


def is_home(path):
    return path.count("/") == 1


def href(path):
    return "/dav/" + path + ("" if "." in path else "/")


class Node:
    """A collection, or with a `uid` an item; `creator` is a life of a user: ("anna", 2)."""

    def __init__(self, uid=None, creator=None):
        self.uid, self.creator, self.acl = uid, creator, []


class Model:
    def __init__(self):
        self.lives, self.users, self.groups, self.nodes = {}, set(), {}, {}

    # ---- people

    def add_user(self, user):
        self.users.add(user)
        self.lives[user] = self.lives.get(user, 0) + 1
        for top in ("calendars", "files"):
            self.nodes[f"{top}/{user}"] = Node()

    def remove_principal(self, word):
        """Nothing that speaks of it stays: whoever has the name later is somebody else."""
        kind, name = word.split(":")
        if kind == "user":
            self.users.discard(name)
            self.nodes = {path: node for path, node in self.nodes.items() if path.split("/")[1] != name}
        else:
            self.groups.pop(name, None)
        for members in self.groups.values():
            if word in members:
                members.remove(word)
        for node in self.nodes.values():
            node.acl = [ace for ace in node.acl if ace[0] != word]

    def is_in(self, user, word):
        return word == "user:" + user or (word.startswith("group:") and any(
            self.is_in(user, member) for member in self.groups.get(word[6:], ())))

    # ---- 5.5.1, 6

    def matches(self, who, user, owner, created):
        return {"all": True, "authenticated": user is not None, "unauthenticated": user is None, "self": False,
                "owner": user == owner, "created-by": created}.get(who, user is not None and self.is_in(user, who))

    def judge(self, user, path, created):
        """Entries in their order, the resource's own, then those of what it is in; of each privilege the first one decides."""
        owner, granted, denied = path.split("/")[1], set(), set()
        if user is not None and user in (owner, "admin"):
            return set(LEAVES)
        while path.count("/"):
            for who, grant, words in self.nodes[path].acl if path in self.nodes else ():
                if self.matches(who, user, owner, created):
                    (granted if grant else denied).update(leaves(words) - granted - denied)
            path = parent(path)
        return granted

    def created(self, user, path):
        """Creators count as such as long as they may add."""
        node = self.nodes.get(path)
        return bool(user is not None and node and node.uid and node.creator == (user, self.lives.get(user)) and
                    "bind" in self.judge(user, parent(path), False))

    def held(self, user, path):
        return self.judge(user, path, self.created(user, path))

    def held_above(self, user, path):
        """On what a member is in, as far as this member is concerned."""
        return self.judge(user, parent(path), self.created(user, path))

    def told(self, user, path):
        """current-user-privilege-set: all that is held whole; None: may not be read."""
        held = self.held(user, path)
        if "read-current-user-privilege-set" not in held:
            return None
        return (held - {"read"}) | {word for word, parts in AGGREGATES.items() if parts <= held}

    def acl(self, path):
        """The acl property (5.5): protected, own, inherited from inside out. [(who, grant, leaves, mark)]"""
        entries = [("user:" + path.split("/")[1], True, frozenset(LEAVES), "protected")]
        place = path
        while place.count("/"):
            mark = "" if place == path else href(place)
            entries += [(who, grant, frozenset(leaves(words)), mark) for who, grant, words in self.nodes[place].acl]
            place = parent(place)
        return entries

    # ---- what is there, and for whom

    def seen(self, user, path):
        """read-free-busy alone opens its report, and shows nothing."""
        return bool(self.held(user, path) - {"read-free-busy"})

    def children(self, path):
        return [p for p in self.nodes if parent(p) == path]

    def readable(self, user, path):
        return {p for p in self.children(path) if "read" in self.held(user, p)}

    def lacking(self, *wanted):
        """403 with what is lacking where, or None: [(privileges held, path, needed)]"""
        lack = {(href(path), word) for held, path, words in wanted for word in words if word not in held}
        return ("403", frozenset(lack)) if lack else None

    def needs(self, user, path, *words):
        return (self.held(user, path), path, words)

    def above(self, user, path, *words):
        return (self.held_above(user, path), parent(path), words)

    def stuck_members(self, user, path, moved):
        """What cannot be taken away with the collection it is in: each of them a reason to refuse. A member goes when it
        could be deleted by itself; what moves must be read, too."""
        reasons = set()
        for p in self.children(path) if user not in (path.split("/")[1], "admin") else ():
            if not self.seen(user, p) or "unbind" not in self.held_above(user, p):
                reasons.add((href(path), "unbind"))
            elif moved and "read" not in self.held(user, p):
                reasons.add((href(p), "read"))
            else:
                reasons |= self.stuck_members(user, p, moved)
        return reasons

    def stuck(self, user, path, moved):
        reasons = self.stuck_members(user, path, moved)
        return ("403 some", frozenset(reasons)) if reasons and not is_home(path) else reasons

    # ---- Appendix B: OK, or how it is refused

    def on_existing(self, user, path, *wanted):
        if path not in self.nodes or not self.seen(user, path):
            return NOTHING
        return self.lacking(*wanted) or OK

    def creates(self, user, path, there=CONFLICT):
        """Where nothing is, or nothing is seen: hidden things are told by a conflict to those who may add, to nobody else."""
        if not self.held(user, parent(path)) - {"read-free-busy"}:
            return NOTHING
        refused = self.lacking((self.held(user, parent(path)), parent(path), ["bind"]))
        if refused:
            return refused
        if path in self.nodes:
            return there
        return OK if parent(path) in self.nodes else CONFLICT

    def reads(self, user, path):
        return self.on_existing(user, path, self.needs(user, path, "read"))

    def put(self, user, path, uid):
        if path not in self.nodes or not self.seen(user, path):
            code = self.creates(user, path)
        else:
            code = self.on_existing(user, path, self.needs(user, path, "write-content"))
        return code if code != OK else self.uid_free(path, uid, None)

    def uid_free(self, path, uid, leaving):
        """RFC 4791 5.3.2.1: one UID, one name, and the other way round; files have none."""
        if not path.startswith("calendars/"):
            return OK
        others = [p for p in self.children(parent(path)) if self.nodes[p].uid == uid and p not in (path, leaving)]
        return UID if others or (path in self.nodes and self.nodes[path].uid != uid) else OK

    def mkcol(self, user, path):
        if path in self.nodes and self.seen(user, path):  # RFC 4918 9.3.1; RFC 4791 1.3, 5.3.1.1
            return "403 exists" if path.startswith("calendars/") else EXISTS
        return self.creates(user, path)

    def delete(self, user, path):
        code = self.on_existing(user, path, self.above(user, path, "unbind"))
        return self.stuck(user, path, False) or OK if code == OK and not self.nodes[path].uid else code

    def proppatch(self, user, path):
        return self.on_existing(user, path, self.needs(user, path, "write-properties"))

    def set_acl(self, user, path):
        return self.on_existing(user, path, self.needs(user, path, "write-acl"))

    def broken(self, path, entries):
        """Which preconditions of 8.1.1 a set of entries breaks; the owner's protected entry grants everything."""
        owner, names = path.split("/")[1], set()
        for i, (who, grant, words) in enumerate(entries):
            if not grant and who in ("owner", "user:" + owner):
                names.add("no-protected-ace-conflict")
            if not grant and any(before[1] for before in entries[:i]):
                names.add("deny-before-grant")
            if any(w == who and g != grant and leaves(ws) & leaves(words) for w, g, ws in entries[:i]):
                names.add("no-ace-conflict")
        return names

    def free_busy(self, user, path):
        if path not in self.nodes or not self.held(user, path):
            return NOTHING
        return self.lacking(self.needs(user, path, "read-free-busy")) or OK

    def public(self, path):
        """/public/ for nobody in particular: who is told when somebody is busy gets a calendar of that. Its members, or None."""
        words = {"read", "read-free-busy"} & self.held(None, path) if path in self.nodes else ()
        want = {"read"} if "read" in words else {"read", "read-free-busy"}
        return {p for p in self.children(path) if want & self.held(None, p)} if words else None

    def transfer(self, user, path, to, move):
        """MOVE asks for read, too: else somebody could take into their own home what they may not read."""
        wanted = [self.needs(user, path, "read")] + ([self.above(user, path, "unbind")] if move else [])
        code = self.on_existing(user, path, *wanted)
        return code if code != OK else self.arrives(user, path, to, move)

    def arrives(self, user, path, to, move):
        there = to in self.nodes and self.seen(user, to)
        tree = not self.nodes[path].uid
        if there:
            code = self.lacking(*([self.above(user, to, "bind", "unbind")] if move else
                                  [self.needs(user, to, "write-content", "write-properties")] +
                                  ([self.above(user, to, "unbind")] if tree else []))) or OK
            code = code if code != OK or not tree else self.stuck(user, to, False) or OK
        else:
            code = self.creates(user, to)
            code = CONFLICT if code == NOTHING else code
        if code == OK and tree and move:
            code = self.stuck(user, path, True) or OK
        if code == OK and not tree:
            leaving = path if move and parent(path) == parent(to) else None
            code = self.uid_free(to, self.nodes[path].uid, leaving)
        return code

    # ---- after it was done

    def drop(self, path):
        for p in [p for p in self.nodes if p == path or p.startswith(path + "/")]:
            del self.nodes[p]

    def did_put(self, user, path, uid):
        self.nodes.setdefault(path, Node(uid, (user, self.lives.get(user))))

    def did_transfer(self, user, path, to, move):
        """7.3, 7.4: a copy is a new thing with a creator and no entries of its own; what is moved is what it was. A copy over an
        item is written to it, as Appendix B has it: its creator stays, as with PUT."""
        fresh, creator = {}, (user, self.lives.get(user))
        if to in self.nodes and self.nodes[to].uid:
            creator = self.nodes[to].creator

        def take(source, place):
            node = self.nodes[source]
            copy = Node(node.uid, creator if node.uid else None)
            copy.acl = list(node.acl) if move else []
            if move:
                copy.creator = node.creator
            elif node.uid and place in self.nodes and self.nodes[place].uid:  # of a tree, too, what stands there stays the same thing
                copy.creator = self.nodes[place].creator
            fresh[place] = copy
            for p in self.children(source):
                if move or "read" in self.held(user, p):
                    take(p, place + "/" + posixpath.basename(p))
        take(path, to)
        if move:
            self.drop(path)
        self.drop(to)
        self.nodes.update(fresh)
