/* SPDX-License-Identifier: MIT */
/* A binary heap under a mutex. */
#include "scan/walk_queue.h"

#include "scan/walk.h"

#include <errno.h>

static bool comes_before(const struct walk_item *a, const struct walk_item *b)
{
	return walk_path_cmp(a->path, a->path_len, b->path, b->path_len) < 0;
}

static void sift_up(struct walk_item **heap, size_t at)
{
	struct walk_item *item = heap[at];

	while (at > 0 && comes_before(item, heap[(at - 1) / 2])) {
		heap[at] = heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	heap[at] = item;
}

static void sift_down(struct walk_item **heap, size_t n)
{
	struct walk_item *item = heap[0];
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= n)
			break;
		if (child + 1 < n && comes_before(heap[child + 1], heap[child]))
			child++;
		if (!comes_before(heap[child], item))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = item;
}

int walk_queue_init(struct walk_queue *queue, unsigned n_workers, walk_item_free_fn *item_free)
{
	*queue = (struct walk_queue){ .item_free = item_free, .busy_max = n_workers };
	if (pthread_mutex_init(&queue->lock, NULL) != 0)
		return -ENOMEM;
	if (pthread_cond_init(&queue->changed, NULL) != 0) {
		pthread_mutex_destroy(&queue->lock);
		return -ENOMEM;
	}
	return 0;
}

void walk_queue_release(struct walk_queue *queue)
{
	for (size_t i = 0; i < queue->heap.n; i++)
		queue->item_free(queue->heap.items[i]);
	vec_release(&queue->heap);
	pthread_cond_destroy(&queue->changed);
	pthread_mutex_destroy(&queue->lock);
}

int walk_queue_add(struct walk_queue *queue, struct walk_item *const *own_items, size_t n)
{
	bool has_room;

	if (!n)
		return 0;
	pthread_mutex_lock(&queue->lock);
	has_room = vec_reserve(&queue->heap, n);
	for (size_t i = 0; i < n; i++) {
		if (!has_room) {
			queue->item_free(own_items[i]);
			continue;
		}
		queue->heap.items[queue->heap.n++] = own_items[i];
		sift_up(queue->heap.items, queue->heap.n - 1);
	}
	if (queue->waiting)
		pthread_cond_broadcast(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
	return has_room ? 0 : -ENOMEM;
}

struct walk_item *walk_queue_next(struct walk_queue *queue)
{
	struct walk_item *item = NULL;

	pthread_mutex_lock(&queue->lock);
	while (!queue->is_stopped && (queue->heap.n || queue->busy) &&
	       (!queue->heap.n || queue->busy >= queue->busy_max)) {
		queue->waiting++;
		pthread_cond_wait(&queue->changed, &queue->lock);
		queue->waiting--;
	}
	if (!queue->is_stopped && queue->heap.n) {
		item = queue->heap.items[0];
		queue->heap.items[0] = queue->heap.items[--queue->heap.n];
		if (queue->heap.n)
			sift_down(queue->heap.items, queue->heap.n);
		queue->busy++;
	}
	pthread_mutex_unlock(&queue->lock);
	return item;
}

void walk_queue_done(struct walk_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->busy--;
	if (queue->waiting && (!queue->busy || queue->heap.n))
		pthread_cond_broadcast(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
}

bool walk_queue_put_back(struct walk_queue *queue, struct walk_item *own_item)
{
	bool is_put = false;

	pthread_mutex_lock(&queue->lock);
	if (queue->busy > 1 && vec_push(&queue->heap, own_item)) {
		sift_up(queue->heap.items, queue->heap.n - 1);
		queue->busy--;
		queue->busy_max = queue->busy;
		is_put = true;
	}
	pthread_mutex_unlock(&queue->lock);
	return is_put;
}

void walk_queue_stop(struct walk_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->is_stopped = true;
	pthread_cond_broadcast(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
}

const struct walk_item *walk_queue_first(const struct walk_queue *queue)
{
	return queue->heap.n ? queue->heap.items[0] : NULL;
}
