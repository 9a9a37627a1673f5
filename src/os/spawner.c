/* SPDX-License-Identifier: MIT */
/*
 * volley's side of the supervisor: requests out, events in, and the funeral when it dies.
 *
 * A request is sent at once, so that the caller's descriptors need no copies. Only when the
 * socket is full does it wait, with duplicates, in a queue:
 *
 *	spawner_spawn() ─► socket                      the supervisor has it: LOST when that dies
 *	          └─full─► queue ─ dispatch ─► socket  still queued: goes to the next supervisor
 */
#include "os/spawner.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/vec.h"
#include "os/descendants.h"
#include "os/sandbox.h"
#include "os/spawn_wire.h"
#include "os/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	QUEUE_MAX = 1024,
	PACKETS_A_DISPATCH = 64,
	END_TIMEOUT_MS = 1000,
	END_POLL_NS = 200 * 1000,
};

struct child {
	uint64_t id;
	pid_t pid;           /* 0 until it is known */
	unsigned generation; /* of the supervisor that has it; 0 while in the queue */
	int signo;           /* still to be sent, or 0 */
};

/* One packet to the supervisor. */
struct packet {
	uint64_t id;
	char *bytes; /* struct wire_request and the strings */
	size_t len;
	int fds[WIRE_FD_COUNT + 2];
	size_t n_fds;
};

struct spawner {
	spawn_event_fn *on_event;
	void *data;
	int fd;              /* our end, or -1 */
	pid_t supervisor;    /* while fd >= 0 */
	unsigned generation; /* counts the supervisors */
	bool set_subreaper;
	const struct sandbox_conf *sandbox; /* NULL = commands are not confined */
	struct sandbox_profile profile;
	struct sandbox_process box; /* instead of the supervisor's pid */
	struct error refusal;       /* why there is no sandbox; it is not tried again */
	struct VEC(struct child) children;
	size_t n_signals;                /* children with a signal still to be sent */
	struct VEC(struct packet) queue; /* items[queue_at…]; owns bytes and descriptors */
	size_t queue_at;
	struct buf scratch; /* where a request is put together */
};

int spawner_new(spawn_event_fn *on_event, void *data, struct spawner **ret_spawner,
		struct error *err)
{
	struct spawner *self = calloc(1, sizeof(*self));

	if (!self)
		return error_errno(err, ENOMEM, "cannot prepare to start commands");
	self->on_event = on_event;
	self->data = data;
	self->fd = -1;
	buf_init(&self->scratch, sizeof(struct wire_request) + WIRE_STRINGS_MAX);
	*ret_spawner = self;
	return 0;
}

void spawner_confine(struct spawner *spawner, const struct sandbox_conf *conf,
		     const struct sandbox_profile *profile)
{
	spawner->sandbox = conf;
	spawner->profile = *profile;
}

const struct sandbox_report *spawner_report(const struct spawner *spawner)
{
	return spawner->box.bwrap ? &spawner->box.report : NULL;
}

/* What is wrong with the machine or the workspace stays so; what is short may not be. */
static int start_sandbox(struct spawner *self, struct error *err)
{
	struct error why = self->refusal;
	int r = why.class == ERROR_NONE
			? sandbox_start(self->sandbox, &self->profile, &self->box, &why)
			: -why.code;

	if (r == 0)
		self->fd = self->box.fd;
	else if (why.class == ERROR_DENIED || why.class == ERROR_MISSING)
		self->refusal = why;
	if (r < 0 && err)
		*err = why;
	return r;
}

static int start_supervisor(struct spawner *self, struct error *err)
{
	int is_subreaper = 0;
	int r;

	(void)prctl(PR_GET_CHILD_SUBREAPER, &is_subreaper); /* then it is set again below */
	if (!is_subreaper) {
		if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
			return error_errno(err, errno, "cannot adopt orphaned processes");
		self->set_subreaper = true;
	}
	if (self->sandbox) {
		r = start_sandbox(self, err);
	} else {
		r = supervisor_start(&self->fd, &self->supervisor);
		if (r < 0)
			return error_errno(err, -r, "cannot start the supervisor of commands");
	}
	if (r == 0)
		self->generation++;
	return r;
}

static struct child *find_child(struct spawner *self, uint64_t id)
{
	for (size_t i = 0; i < self->children.n; i++) {
		if (self->children.items[i].id == id)
			return &self->children.items[i];
	}
	return NULL;
}

static void remove_child(struct spawner *self, struct child *child)
{
	if (child->signo)
		self->n_signals--;
	*child = self->children.items[--self->children.n];
}

static void packet_release(struct packet *packet)
{
	for (size_t i = 0; i < packet->n_fds; i++)
		(void)close(packet->fds[i]); /* our duplicates, nothing written */
	free(packet->bytes);
}

/* 0, or -errno; -EAGAIN when the socket is full. */
static int packet_send(const struct spawner *self, const struct packet *packet)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(packet->fds))] = { 0 };
	struct iovec part = { .iov_base = packet->bytes, .iov_len = packet->len };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t n;

	if (packet->n_fds) {
		struct cmsghdr *header = (struct cmsghdr *)control;
		size_t len = packet->n_fds * sizeof(int);

		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(len);
		memcpy(CMSG_DATA(header), packet->fds, len);
		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(len);
	}
	do
		n = sendmsg(self->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static bool is_queued(const struct spawner *self)
{
	return self->queue_at < self->queue.n;
}

static struct packet queue_pop(struct spawner *self)
{
	struct packet packet = self->queue.items[self->queue_at++];

	if (!is_queued(self))
		self->queue_at = self->queue.n = 0;
	return packet;
}

/* Queues a copy with duplicates of the descriptors. */
static int queue_push(struct spawner *self, const struct packet *packet)
{
	struct packet copy = *packet;

	if (self->queue.n - self->queue_at >= QUEUE_MAX)
		return -EAGAIN;
	if (self->queue_at >= QUEUE_MAX) {
		self->queue.n -= self->queue_at;
		memmove(self->queue.items, self->queue.items + self->queue_at,
			self->queue.n * sizeof(self->queue.items[0]));
		self->queue_at = 0;
	}
	copy.n_fds = 0;
	copy.bytes = malloc(packet->len);
	if (!copy.bytes || !vec_reserve(&self->queue, 1)) {
		free(copy.bytes);
		return -ENOMEM;
	}
	memcpy(copy.bytes, packet->bytes, packet->len);
	for (size_t i = 0; i < packet->n_fds; i++) {
		int fd = fcntl(packet->fds[i], F_DUPFD_CLOEXEC, 0);

		if (fd < 0) {
			int r = -errno;

			packet_release(&copy);
			return r;
		}
		copy.fds[copy.n_fds++] = fd;
	}
	self->queue.items[self->queue.n++] = copy;
	return 0;
}

/* Not now, but later: the socket is full, or the supervisor is dead, which dispatch notices. */
static bool is_for_later(int r)
{
	return r == -EAGAIN || r == -EPIPE || r == -ECONNRESET || r == -ETOOMANYREFS;
}

/* Sends, or queues what cannot be sent yet. */
static int packet_submit(struct spawner *self, const struct packet *packet, bool *ret_sent)
{
	int r = is_queued(self) ? -EAGAIN : packet_send(self, packet);

	*ret_sent = r == 0;
	return is_for_later(r) ? queue_push(self, packet) : r;
}

static void add_strings(struct buf *buf, const char *const *strings, uint32_t *ret_n)
{
	uint32_t n = 0;

	for (; strings[n] && buf_error(buf) == 0; n++)
		buf_add(buf, strings[n], strlen(strings[n]) + 1);
	*ret_n = n;
}

/* Moves the strings of a large packet from behind the header to a memfd. */
static int move_to_memfd(struct packet *packet)
{
	size_t at = sizeof(struct wire_request);
	int fd = memfd_create("volley-arguments", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (at < packet->len) {
		ssize_t n = write(fd, packet->bytes + at, packet->len - at);

		if (n < 0 && errno != EINTR) {
			int r = -errno;

			(void)close(fd); /* it is given up */
			return r;
		}
		at += n > 0 ? (size_t)n : 0;
	}
	packet->len = sizeof(struct wire_request);
	packet->fds[packet->n_fds++] = fd;
	return 0;
}

/* packet->bytes is the scratch buffer's. */
static int build_spawn(struct spawner *self, const struct spawn_request *request,
		       struct packet *ret_packet)
{
	struct wire_request wire = { .type = WIRE_SPAWN,
				     .id = request->id,
				     .has_witness = request->witness_fd > 0,
				     .witness_key = request->witness_key };
	struct buf *buf = &self->scratch;

	buf_clear(buf);
	buf_add(buf, &wire, sizeof(wire)); /* its place; filled in below */
	add_strings(buf, request->argv, &wire.n_argv);
	add_strings(buf, request->envp, &wire.n_envp);
	if (self->sandbox)
		add_strings(buf, (const char *[]){ request->cwd, NULL }, &wire.n_cwd);
	if (buf_error(buf) < 0)
		return buf_error(buf) == -EFBIG ? -E2BIG : buf_error(buf);
	wire.n_bytes = (uint32_t)(buf->len - sizeof(wire));
	wire.has_memfd = wire.n_bytes > WIRE_INLINE_MAX;
	memcpy(buf->data, &wire, sizeof(wire));
	*ret_packet = (struct packet){
		.id = request->id,
		.bytes = buf->data,
		.len = buf->len,
		.fds = { [WIRE_CWD] = request->cwd_fd,
			 [WIRE_STDIN] = request->stdin_fd,
			 [WIRE_STDOUT] = request->stdout_fd,
			 [WIRE_STDERR] = request->stderr_fd },
		.n_fds = self->sandbox ? WIRE_CWD : WIRE_FD_COUNT,
	};
	if (wire.has_witness)
		ret_packet->fds[ret_packet->n_fds++] = request->witness_fd;
	return wire.has_memfd ? move_to_memfd(ret_packet) : 0;
}

/* A buffer that held a large request is not kept. */
static void trim_scratch(struct spawner *self)
{
	if (self->scratch.cap > 4 * WIRE_INLINE_MAX)
		buf_release(&self->scratch);
}

static int refuse(const struct spawn_request *request, int r, struct error *err)
{
	switch (-r) {
	case E2BIG:
		return error_set(err, ERROR_INVALID, E2BIG,
				 "command line and environment are over %d bytes",
				 WIRE_STRINGS_MAX);
	case EAGAIN:
		return error_set(err, ERROR_LIMIT, EAGAIN,
				 "too many commands are waiting to be started");
	default:
		return error_errno(err, -r, "cannot start '%s'", request->argv[0]);
	}
}

int spawner_start(struct spawner *spawner, struct error *err)
{
	return spawner->fd < 0 ? start_supervisor(spawner, err) : 0;
}

int spawner_spawn(struct spawner *spawner, const struct spawn_request *request, struct error *err)
{
	struct packet packet = { 0 };
	bool sent = false;
	size_t n_fds;
	int r;

	if (!request->argv[0])
		return error_set(err, ERROR_INVALID, EINVAL, "the command is empty");
	if (find_child(spawner, request->id))
		return error_set(err, ERROR_BUG, EEXIST, "a command with this id is running");
	r = spawner_start(spawner, err);
	if (r < 0)
		return r;
	r = vec_reserve(&spawner->children, 1) ? build_spawn(spawner, request, &packet) : -ENOMEM;
	if (r == 0)
		r = packet_submit(spawner, &packet, &sent);
	n_fds = (spawner->sandbox ? WIRE_CWD : WIRE_FD_COUNT) + (request->witness_fd > 0);
	if (packet.n_fds > n_fds)
		(void)close(packet.fds[n_fds]); /* the memfd: sent, or duplicated */
	trim_scratch(spawner);
	if (r < 0)
		return refuse(request, r, err);
	spawner->children.items[spawner->children.n++] =
		(struct child){ .id = request->id, .generation = sent ? spawner->generation : 0 };
	return 0;
}

/* Sends the signal that the child still has to get; false when it has to wait. */
static bool send_signal(struct spawner *self, struct child *child)
{
	struct wire_request wire = { .type = WIRE_KILL, .id = child->id, .signo = child->signo };
	struct packet packet = { .id = child->id, .bytes = (char *)&wire, .len = sizeof(wire) };

	if (!child->generation || is_for_later(packet_send(self, &packet)))
		return false;
	child->signo = 0;
	self->n_signals--;
	return true;
}

void spawner_kill(struct spawner *spawner, uint64_t id, int signo)
{
	struct child *child = find_child(spawner, id);

	if (!child || signo <= 0 || child->signo == SIGKILL)
		return;
	if (!child->signo)
		spawner->n_signals++;
	child->signo = signo;
	(void)send_signal(spawner, child); /* or in dispatch */
}

int spawner_fd(const struct spawner *spawner)
{
	return spawner->fd;
}

bool spawner_wants_write(const struct spawner *spawner)
{
	return is_queued(spawner) || spawner->n_signals > 0;
}

/* Tells the caller about the child, which is no longer ours then. */
static void report_end(struct spawner *self, struct child *child, enum spawn_event_type type,
		       int code)
{
	struct spawn_event event = {
		.type = type, .id = child->id, .pid = child->pid, .code = code
	};

	remove_child(self, child);
	self->on_event(self->data, &event);
}

/* Sends what waits, as far as the socket takes it. */
static void flush(struct spawner *self)
{
	while (is_queued(self)) {
		int r = packet_send(self, &self->queue.items[self->queue_at]);
		struct packet packet;
		struct child *child;

		if (is_for_later(r))
			return;
		packet = queue_pop(self);
		packet_release(&packet);
		child = find_child(self, packet.id);
		if (r < 0)
			report_end(self, child, SPAWN_FAILED, -r);
		else
			child->generation = self->generation;
	}
	for (size_t i = 0; i < self->children.n && self->n_signals > 0; i++) {
		if (self->children.items[i].signo && !send_signal(self, &self->children.items[i]))
			return;
	}
}

static void handle_event(struct spawner *self, const struct spawn_event *event)
{
	struct child *child = find_child(self, event->id);

	if (!child)
		return;
	if (event->type == SPAWN_STARTED)
		child->pid = event->pid;
	else
		remove_child(self, child);
	self->on_event(self->data, event);
}

/* False when the supervisor is dead. */
static bool receive(struct spawner *self)
{
	struct spawn_event events[WIRE_EVENTS_MAX];

	for (int i = 0; i < PACKETS_A_DISPATCH; i++) {
		ssize_t n = recv(self->fd, events, sizeof(events), MSG_DONTWAIT);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n == 0)
			return false;
		for (size_t at = 0; at < (size_t)n / sizeof(events[0]); at++)
			handle_event(self, &events[at]);
	}
	return true;
}

/* The supervisor was killed: its children are ours now, and have to die. */
static int bury_supervisor(struct spawner *self, struct error *err)
{
	const unsigned generation = self->generation;
	int r;

	if (self->sandbox) {
		r = sandbox_end(&self->box, END_TIMEOUT_MS); /* closes the socket too */
	} else {
		(void)close(self->fd); /* nothing can be written any more */
		r = descendants_kill(END_TIMEOUT_MS);
	}
	self->fd = -1;
	for (size_t i = 0; i < self->children.n;) {
		struct child *child = &self->children.items[i];

		if (child->generation == generation) {
			report_end(self, child, SPAWN_LOST, 0);
			i = 0; /* the caller may have changed the list */
		} else {
			i++;
		}
	}
	return r < 0 ? error_errno(err, -r, "cannot kill what a dead supervisor left") : 0;
}

/* Nobody will start what waits in the queue. */
static void fail_queued(struct spawner *self, int code)
{
	while (is_queued(self)) {
		struct packet packet = queue_pop(self);

		packet_release(&packet);
		report_end(self, find_child(self, packet.id), SPAWN_FAILED, code);
	}
}

int spawner_dispatch(struct spawner *spawner, struct error *err)
{
	int result = 0;

	if (spawner->fd < 0)
		return 0;
	if (!receive(spawner)) {
		result = bury_supervisor(spawner, err);
		if (is_queued(spawner) && spawner->fd < 0) {
			int r = start_supervisor(spawner, NULL);

			if (r < 0)
				fail_queued(spawner, -r);
		}
	}
	flush(spawner);
	return result;
}

/* Waits until the supervisor has killed everything; true if it said that it has. */
static bool await_supervisor(pid_t pid)
{
	const uint64_t deadline = clock_now_ns() + (uint64_t)END_TIMEOUT_MS * 1000000u;
	const struct timespec pause = { .tv_nsec = END_POLL_NS };
	int status = 0;
	pid_t r;

	while ((r = waitpid(pid, &status, WNOHANG)) == 0 && clock_now_ns() < deadline)
		(void)nanosleep(&pause, NULL); /* a signal only makes us look earlier */
	return r == 0 || (r == pid && WIFEXITED(status));
}

void spawner_free(struct spawner *spawner)
{
	if (!spawner)
		return;
	if (spawner->fd >= 0 && spawner->sandbox) {
		(void)sandbox_end(&spawner->box, END_TIMEOUT_MS); /* what remains hangs */
	} else if (spawner->fd >= 0) {
		(void)kill(spawner->supervisor, SIGCONT); /* somebody may have stopped it */
		(void)close(spawner->fd);                 /* its sign to end */
		if (!await_supervisor(spawner->supervisor))
			(void)descendants_kill(END_TIMEOUT_MS); /* what remains is not ours */
	}
	if (spawner->set_subreaper)
		(void)prctl(PR_SET_CHILD_SUBREAPER, 0); /* cannot fail */
	while (is_queued(spawner)) {
		struct packet packet = queue_pop(spawner);

		packet_release(&packet);
	}
	vec_release(&spawner->queue);
	vec_release(&spawner->children);
	buf_release(&spawner->scratch);
	free(spawner);
}
