/* SPDX-License-Identifier: MIT */
#include "api/start.h"

#include "api/explore.h"
#include "api/toolbox.h"
#include "os/path.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { TEXT_MAX = 1 << 20 };

int start_plan(struct start *start, const char *root, struct error *err)
{
	int r;

	*start = (struct start){ 0 };
	buf_init(&start->text, TEXT_MAX);
	r = explore_look(root, BUILD_FILES_COUNTED, &start->tree, err);
	if (r == 0 && build_discovery(&start->tree, &start->text) < 0)
		r = error_errno(err, ENOMEM, "workflow");
	return r ? r : toolbox_load("start", &start->text, &start->plan, err);
}

void start_release(struct start *start)
{
	buf_release(&start->text);
}

size_t start_choose(const struct graph *graph, const char *phase, size_t n, const char **ret_paths)
{
	struct project project;
	size_t taken = 0;

	if (project_init(&project, graph) == 0)
		taken = project_choose(&project, phase, n, ret_paths);
	project_release(&project);
	return taken;
}

int start_profile_make(struct coordinator *coordinator, const char *root,
		       struct start_profile *ret_profile)
{
	CLEANUP(close_fd) int root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct profile_conf conf = { .graph = coordinator_graph(coordinator),
				     .root = root,
				     .root_fd = root_fd,
				     .clashes = &ret_profile->clashes };
	int r = coordinator_error(coordinator);

	*ret_profile = (struct start_profile){ 0 };
	if (r == 0)
		r = coordinator_check(coordinator, &ret_profile->clashes);
	return r ? r : profile_make(&conf, &ret_profile->profile);
}

void start_profile_release(struct start_profile *profile)
{
	profile_release(&profile->profile);
	claims_release(&profile->clashes);
}
