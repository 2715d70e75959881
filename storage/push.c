/* SPDX-License-Identifier: ISC */
/*
 * The check that repo.git/hooks/pre-receive makes when it runs alone, in a process of its own,
 * inside git's quarantine: the new commits are judged by the rules of PUT (follow.c) against the
 * tree that main has. Only git_repository_open_ext with FROM_ENV sees the objects that are in
 * quarantine.
 */
#include "storage/git.h"
#include "storage/internal.h"

#include "src/base/text.h"

#define FAULTS_TOLD 20
#define MAIN "refs/heads/main"
#define OWN_REFS "refs/daybook/"

struct push {
	struct backend backend; /* reads only; first */
	git_odb *odb;
	facts_inspect_fn *inspect;
	void (*complain)(void *payload, const char *text);
	void *payload;
	size_t told;
};

static enum store_code push_read(struct backend *backend, const struct store_oid *oid,
	enum object_type *type, char **body, size_t *len)
{
	struct push *push = (struct push *)backend;
	CLEANUP(git_odb_object) git_odb_object *object = NULL;
	git_oid id = git_id(oid);

	if (git_odb_read(&object, push->odb, &id) < 0)
		return STORE_NOT_FOUND;
	size_t size = git_odb_object_size(object);
	char *bytes = must_alloc(size + 1);
	memcpy(bytes, git_odb_object_data(object), size);
	*type = (enum object_type)git_odb_object_type(object);
	*body = bytes;
	*len = size;
	return STORE_OK;
}

static const struct backend_ops read_ops = {.read = push_read};

static void complain(struct push *push, const char *text)
{
	if (push->told++ < FAULTS_TOLD)
		push->complain(push->payload, text);
}

static void tell_fault(void *payload, const char *path, unsigned line, const char *text)
{
	char words[512];

	if (line)
		snprintf(words, sizeof(words), "%s line %u: %s", path, line, text);
	else
		snprintf(words, sizeof(words), "%s: %s", path, text);
	complain(payload, words);
}

/* None may bear Daybook's name as committer: its trailers are trusted. */
static bool check_names(struct push *push, const struct link *links, size_t n)
{
	struct arena *arena = arena_new();
	struct commit_text commit;
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		char hex[41], words[128];
		if (commit_read(&push->backend, arena, &links[i].oid, &commit) == STORE_OK &&
			!commit.ours)
			continue;
		store_oid_hex(hex, &links[i].oid);
		snprintf(words, sizeof(words), "commit %.12s bears Daybook's name as committer",
			hex);
		complain(push, words);
		ok = false;
	}
	arena_free(arena);
	return ok;
}

/* The mirror of the tree that main has, its items not looked at. */
static struct store_collection *mirror_of(struct push *push, const struct store_oid *commit_oid)
{
	struct store_collection *empty = edit_empty_root(), *root = NULL;
	struct arena *arena = arena_new();
	struct commit_text commit;
	struct follow follow;

	follow_init(&follow, &push->backend, NULL);
	if (store_oid_is_zero(commit_oid)) {
		node_ref(root = empty);
		tree_hash(root, NULL, NULL);
	} else if (commit_read(&push->backend, arena, commit_oid, &commit) == STORE_OK) {
		root = follow_commit(&follow, empty, &commit.tree, 0, commit.time);
	}
	follow_free(&follow);
	arena_free(arena);
	node_release(empty);
	return root;
}

static bool judge(
	struct push *push, struct store_collection *root, const struct link *links, size_t n)
{
	struct follow follow;
	uint64_t position = 1;

	follow_init(&follow, &push->backend, push->inspect);
	follow.strict = true;
	follow.fault = tell_fault;
	follow.payload = push;
	node_ref(root);
	while (n-- && root) {
		struct store_collection *next = follow_commit(
			&follow, root, &links[n].tree, position++, links[n].time);
		node_release(root);
		root = next;
	}
	if (!root && follow.faults == 0)
		complain(push, "an object can not be read");
	follow_free(&follow);
	node_release(root);
	return root != NULL;
}

static bool check_main(
	struct push *push, const struct store_oid *before, const struct store_oid *after)
{
	struct link *links = NULL;
	size_t n;
	bool met, ok;

	if (store_oid_is_zero(after)) {
		complain(push, "main can not be deleted");
		return false;
	}
	if (load_chain(&push->backend, after, before, &links, &n, &met) != STORE_OK) {
		complain(push, "a commit can not be read");
		return false;
	}
	if (!met && !store_oid_is_zero(before)) {
		git_oid old = git_id(before), new = git_id(after);
		CLEANUP(git_repository) git_repository *repo = NULL;
		git_repository_wrap_odb(&repo, push->odb);
		ok = repo && git_graph_descendant_of(repo, &new, &old) == 1;
		if (!ok)
			complain(push, "it does not contain the newest commit of main: pull first");
		n = 1; /* will be wrapped in a merge: only where it ends counts */
	} else {
		ok = true;
	}
	ok = ok && check_names(push, links, n);
	if (ok) {
		struct store_collection *root = mirror_of(push, before);
		ok = root && judge(push, root, links, n);
		node_release(root);
	}
	free(links);
	return ok;
}

/* "OLD NEW REF" */
static bool check_line(struct push *push, const char *line)
{
	struct store_oid before, after;

	if (strlen(line) < 83 || line[40] != ' ' || line[81] != ' ' ||
		!store_oid_parse(&before, line) || !store_oid_parse(&after, line + 41)) {
		complain(push, "a line that is not \"OLD NEW REF\"");
		return false;
	}
	if (text_starts(line + 82, OWN_REFS)) {
		complain(push, "refs/daybook/ is Daybook's own");
		return false;
	}
	return strcmp(line + 82, MAIN) != 0 || check_main(push, &before, &after);
}

bool store_check_push(const char *git_dir, const char *lines, facts_inspect_fn *inspect,
	void (*complaint)(void *payload, const char *text), void *payload)
{
	struct push push = {.backend = {&read_ops},
		.inspect = inspect,
		.complain = complaint,
		.payload = payload};
	CLEANUP(git_repository) git_repository *repo = NULL;
	CLEANUP(git_odb) git_odb *odb = NULL;
	struct arena *arena = arena_new();
	bool ok = true;
	size_t n;

	git_once();
	if (git_repository_open_ext(&repo, git_dir,
		    GIT_REPOSITORY_OPEN_FROM_ENV | GIT_REPOSITORY_OPEN_NO_SEARCH |
			    GIT_REPOSITORY_OPEN_BARE,
		    NULL) < 0 ||
		git_repository_odb(&odb, repo) < 0) {
		complain(&push, git_why());
		arena_free(arena);
		return false;
	}
	push.odb = odb;
	char **list = text_split(arena, lines, '\n', &n);
	for (size_t i = 0; i < n; i++)
		ok = check_line(&push, list[i]) && ok;
	arena_free(arena);
	return ok;
}
