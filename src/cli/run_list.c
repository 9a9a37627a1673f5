/* SPDX-License-Identifier: MIT */
#include "cli/run_list.h"

#include "cli/command.h"
#include "cli/diag.h"
#include "cli/run_dir.h"

#include <unistd.h>

int run_list_print(struct run_list *list, size_t max,
		   bool (*add)(void *data, const char *id, const char *path))
{
	bool is_json = list->options->format == FORMAT_JSON;
	struct error err;
	int r;

	out_init(&list->out, STDOUT_FILENO);
	list->json = json_write_to(&list->out.buf);
	if (is_json)
		json_begin_array(&list->json);
	r = run_dir_each(max, add, list, &err);
	if (is_json) {
		json_end_array(&list->json);
		buf_add_char(&list->out.buf, '\n');
	}
	if (r == 0)
		r = out_flush(&list->out, &err);
	if (r < 0)
		diag_error(&err);
	out_release(&list->out);
	return r < 0 ? STATUS_BROKEN : STATUS_OK;
}
