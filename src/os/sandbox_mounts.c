/* SPDX-License-Identifier: MIT */
/*
 * What a confined command sees of the file system, as the command line of bwrap. Later mounts lie
 * over earlier ones, and the order below is the whole logic:
 *
 *	/ read-only, own /proc, /dev, /tmp, /run ─► secrets outside of the root hidden
 *	  ─► the root (so it may lie in /tmp, or in a hidden place) ─► git's hooks in it read-only
 *	  ─► secrets inside of the root hidden ─► sockets of others hidden ─► what was asked for
 */
#include "os/sandbox_mounts.h"

#include "base/arena.h"
#include "base/str.h"
#include "os/spawn_wire.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

enum {
	SOCKETS_MAX = 256,
	TMP_SHARE = 8, /* of the machine's memory */
	PASSWD_BYTES = 16 << 10,
};

/* Below a home. Directories or files, whichever they are. */
static const char *const secrets_of_home[] = {
	".ssh",
	".aws",
	".azure",
	".gnupg",
	".kube",
	".docker",
	".password-store",
	".mozilla",
	".netrc",
	".npmrc",
	".yarnrc.yml",
	".pypirc",
	".pgpass",
	".my.cnf",
	".git-credentials",
	".vault-token",
	".subversion/auth",
	".cargo/credentials",
	".cargo/credentials.toml",
	".gem/credentials",
	".m2/settings.xml",
	".gradle/gradle.properties",
	".terraform.d/credentials.tfrc.json",
	".config/gh",
	".config/hub",
	".config/gcloud",
	".config/op",
	".config/containers/auth.json",
	".config/git/credentials",
	".config/github-copilot",
	".config/google-chrome",
	".config/chromium",
	".local/share/keyrings",
	".claude/.credentials.json",
	".codex/auth.json",
	".bash_history",
	".zsh_history",
	".python_history",
};

static const char *const secrets_of_system[] = {
	"/etc/shadow",
	"/etc/shadow-",
	"/etc/gshadow",
	"/etc/gshadow-",
	"/etc/sudoers",
	"/etc/sudoers.d",
	"/etc/krb5.keytab",
	"/etc/wireguard",
	"/etc/ssl/private",
	"/etc/ssh/ssh_host_rsa_key",
	"/etc/ssh/ssh_host_dsa_key",
	"/etc/ssh/ssh_host_ecdsa_key",
	"/etc/ssh/ssh_host_ed25519_key",
	"/etc/NetworkManager/system-connections",
	"/var/lib/docker",
	"/var/spool/cron",
};

/* Empty, and a command's own. */
static const char *const private_dirs[] = { "/tmp", "/var/tmp", "/run", "/dev" };

/* What name resolution and some systems need of /run; files, as directories may hold sockets. */
static const char *const kept_of_run[] = {
	"/run/current-system",
	"/run/resolvconf/resolv.conf",
	"/run/NetworkManager/resolv.conf",
	"/run/systemd/resolve/resolv.conf",
	"/run/systemd/resolve/stub-resolv.conf",
};

void mounts_add(struct mounts *self, const char *word, ...)
{
	va_list words;

	va_start(words, word);
	for (; word; word = va_arg(words, const char *)) {
		if (!vec_push(&self->argv, word) && self->status == 0)
			self->status = error_errno(self->err, ENOMEM, "cannot build a sandbox");
	}
	va_end(words);
}

const char *mounts_path(struct mounts *self, const char *dir, const char *name)
{
	const char *path = arena_printf(self->arena, "%s/%s", dir, name);

	if (!path && self->status == 0)
		self->status = error_errno(self->err, ENOMEM, "cannot build a sandbox");
	return path;
}

bool mounts_is_beneath(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	if (len == 1)
		return path[1] != '\0';
	return strncmp(path, dir, len) == 0 && path[len] == '/';
}

/* Nothing of what is there outside can be seen at this path anyway. */
static bool is_private(const struct mounts *self, const char *path)
{
	if (str_equal(path, self->conf->root) || mounts_is_beneath(path, self->conf->root))
		return false;
	for (size_t i = 0; i < countof(private_dirs); i++) {
		if (mounts_is_beneath(path, private_dirs[i]))
			return true;
	}
	for (size_t i = 0; i < self->hidden.n; i++) {
		if (mounts_is_beneath(path, self->hidden.items[i]))
			return true;
	}
	return false;
}

/* An empty, read-only file or directory in its place. */
static void hide(struct mounts *self, const char *path, bool in_root)
{
	char real[PATH_MAX];
	struct stat status;
	const char *kept;

	if (!realpath(path, real) || stat(real, &status) != 0 || is_private(self, real) ||
	    mounts_is_beneath(real, self->conf->root) != in_root)
		return;
	kept = arena_strdup(self->arena, real);
	if (!kept)
		return; /* the arena remembers */
	if (S_ISDIR(status.st_mode)) {
		mounts_add(self, "--tmpfs", kept, NULL);
		if (!vec_push(&self->hidden, kept))
			self->status = error_errno(self->err, ENOMEM, "cannot build a sandbox");
	} else if (self->n_empty < SANDBOX_FDS_MAX) {
		mounts_add(self, "--ro-bind-data",
			   arena_printf(self->arena, "%u", SANDBOX_FD_FIRST + self->n_empty++),
			   kept, NULL);
	} else {
		self->status = error_set(self->err, ERROR_LIMIT, EMFILE,
					 "too many files to hide from commands");
	}
}

static void hide_home(struct mounts *self, const char *home, bool in_root)
{
	if (!home || home[0] != '/' || !home[1])
		return;
	for (size_t i = 0; i < countof(secrets_of_home); i++) {
		const char *path = mounts_path(self, home, secrets_of_home[i]);

		if (path)
			hide(self, path, in_root);
	}
}

static void hide_secrets(struct mounts *self, bool in_root)
{
	char text[PASSWD_BYTES];
	struct passwd entry, *found = NULL;

	if (getpwuid_r(getuid(), &entry, text, sizeof(text), &found) == 0 && found &&
	    !(self->conf->home && str_equal(found->pw_dir, self->conf->home)))
		hide_home(self, found->pw_dir, in_root);
	hide_home(self, self->conf->home, in_root);
	for (size_t i = 0; i < countof(secrets_of_system); i++)
		hide(self, secrets_of_system[i], in_root);
	if (self->conf->state_dir)
		hide(self, self->conf->state_dir, in_root);
}

/*
 * A socket in the file system is reached through a read-only mount too. Those that are bound now
 * are known to the kernel by name; the root's are left alone, as a project may talk to its own.
 */
static void hide_sockets(struct mounts *self)
{
	FILE *file = fopen("/proc/net/unix", "re");
	char *line = NULL;
	size_t size = 0, n = 0;

	while (file && n < SOCKETS_MAX && getline(&line, &size, file) > 0) {
		char *path = strchr(line, '/');
		struct stat status;

		if (!path || path[-1] != ' ')
			continue;
		path[strcspn(path, "\n")] = '\0';
		if (lstat(path, &status) != 0 || !S_ISSOCK(status.st_mode) ||
		    is_private(self, path) || mounts_is_beneath(path, self->conf->root))
			continue;
		mounts_add(self, "--ro-bind", "/dev/null", arena_strdup(self->arena, path), NULL);
		n++;
	}
	free(line);
	if (file)
		(void)fclose(file); /* only read */
}

static void add_namespaces(struct mounts *self)
{
	mounts_add(self, "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts",
		   "--unshare-cgroup-try", "--die-with-parent", "--as-pid-1", "--new-session",
		   NULL);
	if (!self->profile->network && !(self->conf->without & SANDBOX_NETWORK))
		mounts_add(self, "--unshare-net", NULL);
	/* For the supervisor alone: namespaces for commands, and giving up the rest. */
	mounts_add(self, "--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN", "--cap-add",
		   "CAP_SYS_CHROOT", "--cap-add", "CAP_SETPCAP", NULL);
}

static void add_base(struct mounts *self)
{
	struct sysinfo machine = { 0 };
	const char *size;

	(void)sysinfo(&machine); /* cannot fail with a valid address */
	size = arena_printf(self->arena, "%llu",
			    (unsigned long long)machine.totalram * machine.mem_unit / TMP_SHARE);
	mounts_add(self, "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--size", size,
		   "--perms", "1777", "--tmpfs", "/dev/shm", "--size", size, "--perms", "1777",
		   "--tmpfs", "/tmp", "--tmpfs", "/run", NULL);
	if (access("/var/tmp", F_OK) == 0)
		mounts_add(self, "--size", size, "--perms", "1777", "--tmpfs", "/var/tmp", NULL);
	for (size_t i = 0; i < countof(kept_of_run); i++) {
		if (access(kept_of_run[i], R_OK) == 0)
			mounts_add(self, "--ro-bind", kept_of_run[i], kept_of_run[i], NULL);
	}
}

static void add_mounts(struct mounts *self)
{
	const char *root = self->conf->root;
	const char *const *shown = self->conf->shown;

	add_base(self);
	hide_secrets(self, false);
	if (root[1]) /* else it is there already */
		mounts_add(self, self->profile->level == SANDBOX_STRICT ? "--ro-bind" : "--bind",
			   root, root, NULL);
	if (self->profile->level == SANDBOX_WORKSPACE)
		mounts_protect_git(self);
	hide_secrets(self, true);
	hide_sockets(self);
	for (; shown && *shown; shown++)
		mounts_add(self, "--ro-bind", *shown, *shown, NULL);
	for (size_t i = 0; i < self->hidden.n; i++)
		mounts_add(self, "--remount-ro", self->hidden.items[i], NULL);
	mounts_add(self, "--remount-ro", "/run", "--remount-ro", "/dev", NULL);
}

static int refuse_root(const char *root, struct error *err)
{
	return error_set(err, ERROR_DENIED, EPERM,
			 "'%s' cannot be confined as a workspace; work in a directory below it "
			 "(-C), or use --sandbox off",
			 root);
}

static int check_root(const struct sandbox_conf *conf, enum sandbox_level level, struct error *err)
{
	static const char *const never[] = { "/proc", "/sys", "/dev", "/run" };
	static const char *const read_only[] = { "/",    "/bin",  "/boot", "/etc", "/home", "/lib",
						 "/opt", "/sbin", "/tmp",  "/usr", "/var" };

	for (size_t i = 0; i < countof(never); i++) {
		if (str_equal(conf->root, never[i]) || mounts_is_beneath(conf->root, never[i]))
			return refuse_root(conf->root, err);
	}
	for (size_t i = 0; i < countof(read_only) && level != SANDBOX_STRICT; i++) {
		if (str_equal(conf->root, read_only[i]))
			return refuse_root(conf->root, err);
	}
	return 0;
}

/* Moves a list into the arena, with a NULL at its end. */
static const char **take_words(struct mounts *self, const char *const *words, size_t n)
{
	const char **kept = arena_alloc_array(self->arena, n + 1, sizeof(*kept));

	if (kept && n)
		memcpy(kept, words, n * sizeof(*kept));
	return kept;
}

int sandbox_command(const struct sandbox_conf *conf, const struct sandbox_profile *profile,
		    struct arena *arena, struct sandbox_command *ret_command, struct error *err)
{
	struct mounts self = { .conf = conf, .profile = profile, .arena = arena, .err = err };
	int r = check_root(conf, profile->level, err);

	if (r < 0)
		return r;
	mounts_add(&self, "bwrap", NULL);
	add_namespaces(&self);
	if (conf->without & SANDBOX_MOUNTS)
		mounts_add(&self, "--bind", "/", "/", "--proc", "/proc", "--dev", "/dev", NULL);
	else
		add_mounts(&self);
	mounts_add(&self, "--chdir", "/", "--", WIRE_PROGRAM_PATH, WIRE_SUPERVISOR_NAME, NULL);
	ret_command->argv = take_words(&self, self.argv.items, self.argv.n);
	ret_command->guards = take_words(&self, self.guards.items, self.guards.n);
	ret_command->n_empty = self.n_empty;
	vec_release(&self.argv);
	vec_release(&self.guards);
	vec_release(&self.hidden);
	if (self.status == 0 && arena_failed(arena))
		return error_errno(err, ENOMEM, "cannot build a sandbox");
	return self.status;
}
