/* SPDX-License-Identifier: ISC */
/*
 * Load for bench.py: CONNECTIONS threads send one request after the other (a template from standard
 * input) for SECONDS and read every answer whole (Content-Length, chunked or until the end). "@ID@"
 * in the template becomes a new number each time; the body's length must not depend on it, so it is
 * always 16 characters. Servers that close get a new connection.
 *
 *	load PORT CONNECTIONS SECONDS WANTED_STATUS < template
 *
 * Prints: requests seconds p50 p99 bad, times in seconds.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_TEMPLATE 65536
#define MAX_TIMES 4000000
#define ID_LEN 16

static char template[MAX_TEMPLATE];
static size_t template_len;
static int port, wanted;
static double deadline;
static atomic_ulong counter, bad, n_times;
static float *times;

struct wire {
	int fd;
	char *data;
	size_t len, cap;
};

static double now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static bool dial(struct wire *w)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int one = 1;
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	w->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	struct timeval patience = {.tv_sec = 120};
	setsockopt(w->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (connect(w->fd, (struct sockaddr *)&addr, sizeof addr) == 0)
		return true;
	close(w->fd);
	w->fd = -1;
	return false;
}

/* One more piece; false at the end or on an error. */
static bool more(struct wire *w)
{
	if (w->cap - w->len < 65537) {
		w->cap = w->cap ? w->cap * 2 : 262144;
		w->data = realloc(w->data, w->cap);
	}
	ssize_t got = recv(w->fd, w->data + w->len, 65536, 0);
	if (got <= 0)
		return false;
	w->len += (size_t)got;
	w->data[w->len] = '\0';
	return true;
}

static bool until(struct wire *w, size_t length)
{
	while (w->len < length)
		if (!more(w))
			return false;
	return true;
}

static bool read_chunked(struct wire *w, size_t at)
{
	for (;;) {
		char *end;
		while (!(w->len > at && strstr(w->data + at, "\r\n")))
			if (!more(w))
				return false;
		size_t size = strtoul(w->data + at, &end, 16);
		at = (size_t)(strstr(w->data + at, "\r\n") - w->data) + 2;
		if (!until(w, at + size + 2))
			return false;
		if (size == 0)
			return true;
		at += size + 2;
	}
}

/* Reads one answer; the status, or 0. *closing: the connection is of no more use. */
static int answer(struct wire *w, bool *closing)
{
	char *end, *field;
	w->len = 0;
	*closing = true;
	do
		if (!more(w))
			return 0;
	while (!(end = strstr(w->data, "\r\n\r\n")));
	size_t head = (size_t)(end - w->data) + 4;
	int status = atoi(w->data + 9);
	char *lower = strndup(w->data, head);
	for (char *c = lower; *c; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
	bool close_after = strstr(lower, "http/1.0") || strstr(lower, "connection: close");
	bool whole = true;
	if (strstr(lower, "transfer-encoding: chunked"))
		whole = read_chunked(w, head);
	else if ((field = strstr(lower, "\r\ncontent-length:")))
		whole = until(w, head + strtoul(field + 17, NULL, 10));
	else
		while (more(w))
			;
	free(lower);
	*closing = close_after || !whole;
	return whole ? status : 0;
}

static bool send_one(struct wire *w)
{
	static _Thread_local char text[MAX_TEMPLATE];
	char id[ID_LEN + 1];
	memcpy(text, template, template_len);
	snprintf(id, sizeof id, "%06x%010lx", (unsigned)getpid() & 0xffffff,
		atomic_fetch_add(&counter, 1));
	for (char *at = text; (at = memmem(at, template_len - (size_t)(at - text), "@ID@", 4));
		at += ID_LEN)
		memcpy(at, id, ID_LEN);
	for (size_t sent = 0; sent < template_len;) {
		ssize_t n = send(w->fd, text + sent, template_len - sent, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		sent += (size_t)n;
	}
	return true;
}

static void *client(void *unused)
{
	struct wire w = {.fd = -1};
	(void)unused;
	while (now() < deadline) {
		double begin = now();
		bool closing = true;
		if (w.fd < 0 && !dial(&w)) {
			usleep(1000);
			continue;
		}
		int status = send_one(&w) ? answer(&w, &closing) : 0;
		unsigned long slot = atomic_fetch_add(&n_times, 1);
		if (slot < MAX_TIMES)
			times[slot] = (float)(now() - begin);
		if (status != wanted)
			atomic_fetch_add(&bad, 1);
		if (closing) {
			close(w.fd);
			w.fd = -1;
		}
	}
	free(w.data);
	return NULL;
}

static int by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return (x > y) - (x < y);
}

/* The template: the marker grows to its final width once, so that lengths are known before. */
static void read_template(void)
{
	static char raw[MAX_TEMPLATE];
	size_t len = fread(raw, 1, sizeof raw - 1, stdin);
	for (size_t i = 0; i < len && template_len + ID_LEN < sizeof template;) {
		if (len - i >= 4 && memcmp(raw + i, "@ID@", 4) == 0) {
			memcpy(template + template_len, "@ID@@@@@@@@@@@@@", ID_LEN);
			template_len += ID_LEN;
			i += 4;
		} else {
			template[template_len++] = raw[i++];
		}
	}
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	port = atoi(argv[1]);
	int connections = atoi(argv[2]);
	wanted = atoi(argv[4]);
	read_template();
	times = calloc(MAX_TIMES, sizeof *times);
	double begin = now();
	deadline = begin + atof(argv[3]);
	pthread_t *threads = calloc((size_t)connections, sizeof *threads);
	for (int i = 0; i < connections; i++)
		pthread_create(&threads[i], NULL, client, NULL);
	for (int i = 0; i < connections; i++)
		pthread_join(threads[i], NULL);
	double took = now() - begin;
	size_t n = n_times < MAX_TIMES ? n_times : MAX_TIMES;
	qsort(times, n, sizeof *times, by_value);
	printf("%lu %f %f %f %lu\n", (unsigned long)n_times, took, n ? (double)times[n / 2] : took,
		n ? (double)times[n * 99 / 100] : took, (unsigned long)bad);
	return 0;
}
