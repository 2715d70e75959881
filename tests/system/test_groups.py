#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Groups and the admin role by command, beside the running daemon and without it; killed right after; pushed."""
import json, os, unittest
from daemon import Daemon

PASSWORD = "group-secret"
HOSTILE = ["..", "../users/anna", "the kids", "@kids", "kïds", "кids", "kids\u200b", "kids\n", "k" * 300, "-x", "a/b", "a:b",
           "", "."]


class Household(unittest.TestCase):
    running = False

    def setUp(self):
        self.daemon = Daemon()
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        for name in ("anna", "ben", "carl"):
            self.daemon.add_user(name, PASSWORD)
        if not self.running:
            self.daemon.stop()

    def run_(self, *args, code=0, input=None):
        done = self.daemon.command(*args, input=input)
        self.assertEqual(done.returncode, code, f"{args}\n{done.stdout}\n{done.stderr}")
        self.assertNotIn("Sanitizer", done.stderr)
        self.assertNotIn("runtime error", done.stderr)
        return done

    def out(self, *args):
        return self.run_(*args).stdout

    def fails(self, *args):
        return self.run_(*args, code=1).stderr

    def members(self, group, *options):
        return self.out("group", "members", group, *options).split()


class Commands:
    """What holds in both ways."""

    def test_groups(self):
        self.assertEqual(self.out("group", "add", "kids", "ben", "Carl", "--name", "The kids"),
                         "added the group kids, with ben, carl\n")
        self.assertEqual(self.out("group", "add", "Family", "anna", "group:kids"),
                         "added the group family, with anna, group:kids\n")
        self.assertEqual(self.out("group", "add", "empty"), "added the group empty\n")
        self.assertIn("already", self.fails("group", "add", "kids"))
        self.assertEqual(self.members("family"), ["anna", "group:kids"])
        self.assertEqual(self.members("family", "--all"), ["anna", "ben", "carl"])
        self.assertEqual(self.members("kids", "--drop", "ben", "--drop", "carl", "--add", "anna", "-a", "group:empty"),
                         ["anna", "group:empty"])
        self.assertEqual(self.members("kids"), ["anna", "group:empty"])
        found = {g["name"]: g for g in json.loads(self.out("group", "list", "--json"))["groups"]}
        self.assertEqual(list(found), ["empty", "family", "kids"])
        self.assertEqual(found["kids"]["display_name"], "The kids")
        self.assertEqual(found["kids"]["members"], ["anna", "group:empty"])
        shown = json.loads(self.out("group", "members", "family", "--json"))
        self.assertEqual(shown["people"], ["anna"])
        listed = self.out("group", "list")
        self.assertRegex(listed, r"(?m)^kids +The kids +anna, group:empty$")

        self.assertIn("kids has empty", self.fails("group", "members", "empty", "--add", "group:family"))
        self.assertIn("no user dora", self.fails("group", "members", "kids", "--add", "dora"))
        self.assertIn("no group none", self.fails("group", "members", "kids", "--add", "group:none"))
        self.assertIn("ben is not in kids", self.fails("group", "members", "kids", "--drop", "ben"))
        self.assertIn("no group none", self.fails("group", "members", "none"))
        self.assertIn("no group none", self.fails("group", "members", "none", "--add", "ben"))
        self.assertIn("no user dora", self.fails("group", "add", "club", "dora"))
        self.assertNotIn("club", self.out("group", "list"))
        self.assertIn("--yes", self.fails("group", "remove", "kids"))
        self.assertIn("removed", self.out("group", "remove", "kids", "--yes"))
        self.assertIn("no group kids", self.fails("group", "remove", "kids", "-y"))
        self.assertEqual(self.members("family"), ["anna"])
        self.assertIn("removed the group kids", self.out("log"))
        self.run_("group", code=2)
        self.run_("group", "add", code=2)
        self.run_("group", "members", "family", "--add", code=2)

    def test_names(self):
        for name in HOSTILE:
            for args in (["add"], ["members"], ["remove", "--yes"], ["add", "good"]):
                # What looks like an option is wrong use, and so is no name at all.
                wrong = name[:1] == "-" or (name == "" and args != ["add", "good"])
                self.run_("group", *args, name, code=2 if wrong else 1)
        self.assertEqual(json.loads(self.out("group", "list", "--json"))["groups"], [])
        self.out("group", "add", "kids@home.example", "anna")
        self.out("group", "add", "anna", "ben")  # users and groups have names of their own
        self.assertEqual(self.members("anna"), ["ben"])

    def test_a_user_made_again_is_in_no_group(self):
        self.out("group", "add", "kids", "ben", "carl")
        self.out("user", "remove", "ben", "--yes")
        self.assertEqual(self.members("kids"), ["carl"])
        self.run_("user", "add", "ben", input=PASSWORD + "\n")
        self.assertEqual(self.members("kids", "--all"), ["carl"])
        self.out("group", "remove", "kids", "--yes")
        self.out("group", "add", "kids", "anna")
        self.assertEqual(self.members("kids"), ["anna"])

    def admins(self):
        return {u["name"] for u in json.loads(self.out("user", "list", "--json"))["users"] if u["admin"]}

    def test_admins(self):
        self.assertEqual(self.admins(), {"admin"})
        self.assertIn("only admin", self.fails("user", "admin", "admin", "--revoke"))
        self.assertIn("may manage everybody", self.out("user", "admin", "Anna"))
        self.assertEqual(self.admins(), {"admin", "anna"})
        self.assertIn("no admin any more", self.out("user", "admin", "admin", "--revoke"))
        self.assertEqual(self.admins(), {"anna"})
        self.assertIn("only admin", self.fails("user", "remove", "anna", "--yes"))
        self.assertIn("no user dora", self.fails("user", "admin", "dora"))
        self.assertIn("no user name", self.fails("user", "admin", ".."))
        # The role goes with the person, not with the name.
        self.out("user", "admin", "ben")
        self.out("user", "remove", "ben", "--yes")
        self.run_("user", "add", "ben", input=PASSWORD + "\n")
        self.assertEqual(self.admins(), {"anna"})


class Beside(Commands, Household):
    running = True

    def test_roles_count_at_once(self):
        def may(name):
            return self.daemon.request("GET", "/api/v1/users", user=name, password=PASSWORD)[0]
        self.assertEqual(may("anna"), 403)
        self.out("user", "admin", "anna")
        self.assertEqual(may("anna"), 200)
        self.out("user", "admin", "anna", "--revoke")
        self.assertEqual(may("anna"), 403)

    def test_killed_right_after(self):
        self.out("group", "add", "kids", "ben")
        for round_ in range(5):
            self.daemon.command("group", "members", "kids", "--add" if round_ % 2 else "--drop", "ben")
            self.out("user", "admin", "anna", *([] if round_ % 2 else ["--revoke"]))
            self.daemon.kill()
            # Alone, on what was left; then beside the daemon again.
            self.assertEqual(self.members("kids"), ["ben"] if round_ % 2 else [])
            self.assertEqual(self.admins(), {"admin", "anna"} if round_ % 2 else {"admin"})
            self.daemon.start()
            self.assertEqual(self.members("kids"), ["ben"] if round_ % 2 else [])
        self.daemon.add_user("dora", PASSWORD)
        self.out("group", "members", "kids", "--add", "dora")
        self.out("user", "remove", "dora", "--yes")
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.members("kids"), [])
        self.assertIn("no user dora", self.fails("user", "admin", "dora"))
        self.daemon.fsck()

    def push(self, changes, message):
        """Commits files ({path: text, None: removed}) by hand and pushes them."""
        work = self.daemon.folder / "work"
        if not work.exists():
            self.daemon.git("clone", "-q", str(self.daemon.repo), str(work))
        env = {"GIT_AUTHOR_NAME": "Hand", "GIT_AUTHOR_EMAIL": "h@x", "GIT_COMMITTER_NAME": "Hand",
               "GIT_COMMITTER_EMAIL": "h@x"}
        self.daemon.git("-C", str(work), "pull", "-q", "--rebase", env=env)
        for path, text in changes.items():
            file = work / path
            if text is None:
                file.unlink()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
        self.daemon.git("-C", str(work), "add", "-A")
        self.daemon.git("-C", str(work), "commit", "-qm", message, env=env)
        self.daemon.git("-C", str(work), "push", "-q", env=env)
        return work

    def test_pushed(self):
        """Groups are ordinary files; the admin role is not among them."""
        work = self.push({"principals/groups/kids": "id 1\nname By hand\nmember users/ben\nmember users/anna#old\n"
                          "member groups/none\nmember ../x\n",
                          "principals/groups/admin": "id 2\nmember users/carl\n"}, "Groups by hand")
        carl = (work / "principals/users/carl").read_text()
        self.push({"principals/users/carl": carl + "admin yes\nadmin true\n"}, "An admin by hand")
        self.assertTrue(self.daemon.wait_for(20, lambda: "kids" in self.out("group", "list")))
        self.assertEqual(self.members("kids"), ["ben"])
        self.assertEqual(self.admins(), {"admin"})
        self.assertEqual(self.daemon.request("GET", "/api/v1/users", user="carl", password=PASSWORD)[0], 403)
        self.out("group", "members", "kids", "--add", "carl")
        stored = self.daemon.git("show", "main:principals/groups/kids")
        self.assertRegex(stored, r"\Aid 1\nname By hand\nmember users/ben#\S+\nmember users/carl#\S+\n\Z")
        # Circles by hand are harmless.
        self.push({"principals/groups/a": "id 3\nmember groups/b\nmember users/anna\n",
                   "principals/groups/b": "id 4\nmember groups/a\n"}, "A circle by hand")
        self.assertTrue(self.daemon.wait_for(20, lambda: "group:b" in self.out("group", "list")))
        self.assertEqual(self.members("b", "--all"), ["anna"])
        self.assertIn("circle", self.fails("group", "members", "a", "--add", "group:b"))
        # Whoever wrote no id meant the name; when the person goes, so does that.
        self.out("user", "remove", "ben", "--yes")
        self.run_("user", "add", "ben", input=PASSWORD + "\n")
        self.assertEqual(self.members("kids"), ["carl"])


class Alone(Commands, Household):
    def test_the_daemon_sees_it(self):
        self.out("group", "add", "kids", "ben")
        self.out("user", "admin", "anna")
        self.daemon.start()
        status, _, body = self.daemon.request("GET", "/groups/kids", user="ben", password=PASSWORD)
        self.assertEqual((status, json.loads(body)["members"]), (200, ["ben"]))
        self.assertEqual(self.daemon.request("GET", "/groups/kids", user="carl", password=PASSWORD)[0], 403)
        self.assertEqual(self.daemon.request("GET", "/groups/kids", user="anna", password=PASSWORD)[0], 200)


if __name__ == "__main__":
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    unittest.main()
