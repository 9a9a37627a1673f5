/* SPDX-License-Identifier: MIT */
/* volley plan: what a workflow would run, and why in this order; nothing is run. Of commands that
 * build their workflow (explore, start, web) the workflow that they would run now. */
#include "api/explore.h"
#include "api/research.h"
#include "api/start.h"
#include "base/str.h"
#include "cli/asked.h"
#include "cli/command.h"
#include "cli/diag.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cli/providers.h"
#include "cli/user_dir.h"
#include "cli/work.h"
#include "model/secrets.h"
#include "plan/explain.h"
#include "plan/web_research.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int explain(const struct options *options, const struct plan *plan, const char *dir,
		   const struct secrets *secrets, struct buf *out)
{
	struct explain_conf conf = {
		.total_limit = options->max_instances,
		.why = options->explain,
		.secrets = secrets,
	};
	struct json_write json = json_write_to(out);
	char *root = realpath(dir, NULL);
	int r;

	conf.root = root;
	for (unsigned i = 0; i < LANE_COUNT; i++)
		conf.limits[i] = options->max_instances;
	if (options->format == FORMAT_JSON) {
		r = explain_json(plan, &conf, &json);
		buf_add_char(out, '\n');
	} else {
		r = explain_md(plan, &conf, out);
	}
	free(root);
	return r;
}

static int explain_safely(const struct options *options, const struct plan *plan, const char *dir,
			  struct buf *out, struct error *err)
{
	struct secrets *secrets = NULL;
	int r = 0;

	if (!options->is_bare)
		r = secrets_new((const char *const *)environ,
				(const struct call *const *)plan->calls, plan->n_calls, &secrets,
				err);
	if (r == 0) {
		r = explain(options, plan, dir, secrets, out);
		if (r < 0)
			(void)error_errno(err, -r, "cannot explain the plan");
	}
	secrets_unref(secrets);
	return r;
}

static int print(const struct options *options, const struct plan *plan, const char *dir)
{
	struct error err;
	struct out out;
	int r;

	out_init(&out, STDOUT_FILENO);
	r = explain_safely(options, plan, dir, &out.buf, &err);
	if (r == 0)
		r = out_flush(&out, &err);
	if (r < 0)
		diag_error(&err);
	out_release(&out);
	return r < 0 ? STATUS_BROKEN : STATUS_OK;
}

static int show_file(const struct options *options)
{
	CLEANUP(buf) struct buf buf;
	struct workflow_text text;
	struct plan *plan;
	int status;

	buf_init(&buf, WORKFLOW_BYTES_MAX);
	status = load_workflow(options, options->operands[0], &buf, &text, &plan);
	if (status)
		return status;
	status = print(options, plan, plan->root ? plan->root : ".");
	plan_free(plan);
	return status;
}

/* ---- workflows that are built ---- */

static int tell(const struct error *err)
{
	diag_error(err);
	return err->class == ERROR_LIMIT ? STATUS_BROKEN : STATUS_USAGE;
}

static int show_built(const struct options *options, struct plan *plan, const char *dir)
{
	int status;

	work_apply_options(options, plan, 0);
	status = print(options, plan, dir);
	plan_free(plan);
	return status;
}

static int show_explore(const struct options *options)
{
	const char *dir = options->n_operands > 2 ? options->operands[2] : ".";
	char *root = realpath(dir, NULL);
	struct explore explore = { 0 };
	CLEANUP(buf) struct buf asked = { .max = SIZE_MAX / 2 };
	struct error err;
	int r = root ? asked_read(options, 1, 1, &asked, &err)
		     : error_errno(&err, errno, "root '%s'", dir);

	if (r == 0)
		r = explore_plan(&explore, asked.data, root, &err);
	r = r < 0 ? tell(&err) : show_built(options, explore.plan, root);
	free(root);
	explore_release(&explore);
	return r;
}

static int show_start(const struct options *options)
{
	const char *dir = options->n_operands > 1 ? options->operands[1] : ".";
	char *root = realpath(dir, NULL);
	struct start start = { 0 };
	struct error err;
	int r = root ? start_plan(&start, root, &err) : error_errno(&err, errno, "root '%s'", dir);

	r = r < 0 ? tell(&err) : show_built(options, start.plan, root);
	free(root);
	start_release(&start);
	return r;
}

/* ---- the web ---- */

static int find_providers(const struct options *options, const char *root,
			  struct providers *ret_providers, struct error *err)
{
	char cache[PATH_MAX];
	const struct providers_conf conf = {
		.list = options->search,
		.workspace = root,
		.cache_dir =
			user_dir(USER_DIR_CACHE, NULL, cache, sizeof(cache)) == 0 ? cache : NULL,
	};

	return providers_load(ret_providers, &conf, err);
}

static void list_providers(const struct search_conf *providers, bool is_remote, const char *before,
			   struct buf *out)
{
	for (size_t i = 0; i < providers->n; i++) {
		const struct search_provider *provider = providers->endpoints[i].provider;

		if (is_remote != !provider->search)
			continue;
		buf_printf(out, "%s%s", before, provider->name);
		before = ", ";
	}
}

static void write_providers_md(const struct search_conf *providers, struct buf *out)
{
	list_providers(providers, false, "\nsearched on this machine: ", out);
	list_providers(providers, true, "\nasked, one for each search: ", out);
	buf_add_str(out, providers->n ? "\n" : "\nthere is no provider to search with\n");
}

/* why: how the workflow is run and for what reasons; empty where that is not asked for. */
static void write_web_md(const struct research *research, const struct search_conf *providers,
			 const struct buf *why, struct buf *out)
{
	const struct web_research *planned = &research->searches;
	const char *question = research->question.text;

	buf_printf(out,
		   "# Plan of web\n\n%zu searches for `%.*s`, at most %u at once, then the best %u "
		   "pages are read\n\n",
		   planned->n, (int)strcspn(question, "\n"), question, planned->max_instances,
		   planned->n_pages);
	for (size_t i = 0; i < planned->n; i++)
		buf_printf(out, "- %s: `%s`\n", planned->searches[i].id,
			   planned->searches[i].query);
	write_providers_md(providers, out);
	if (planned->n_left_out)
		buf_printf(out, "\nthe question is too long: %zu of its words are in no search\n",
			   planned->n_left_out);
	if (why->len) /* without its title, which is the same */
		buf_add_str(out, why->data + strcspn(why->data, "\n") + 1);
}

static void write_web_json(const struct research *research, const struct search_conf *providers,
			   const struct buf *why, struct buf *out)
{
	const struct web_research *planned = &research->searches;
	struct json_write json = json_write_to(out);

	json_begin_object(&json);
	json_key_str(&json, "question", research->question.text);
	json_key(&json, "searches");
	json_begin_array(&json);
	for (size_t i = 0; i < planned->n; i++) {
		json_begin_object(&json);
		json_key_str(&json, "id", planned->searches[i].id);
		json_key_str(&json, "theme", planned->searches[i].theme);
		json_key_str(&json, "query", planned->searches[i].query);
		json_end_object(&json);
	}
	json_end_array(&json);
	json_key(&json, "providers");
	json_begin_array(&json);
	for (size_t i = 0; i < providers->n; i++)
		json_str(&json, providers->endpoints[i].provider->name);
	json_end_array(&json);
	json_key_uint(&json, "words_left_out", planned->n_left_out);
	json_key_uint(&json, "pages", planned->n_pages);
	json_key(&json, "workflow");
	json_raw(&json, research->text.data, research->text.len);
	if (why->len) {
		json_key(&json, "plan");
		json_raw(&json, why->data, why->len - 1); /* without its newline */
	}
	json_end_object(&json);
	buf_add_char(out, '\n');
}

static int show_web(const struct options *options)
{
	char *root = realpath(".", NULL);
	CLEANUP(buf) struct buf asked = { .max = SIZE_MAX / 2 }, why = { .max = SIZE_MAX / 2 };
	struct research research = { 0 };
	struct providers providers = { 0 };
	struct error err;
	struct out out;
	int r = root ? asked_read(options, 1, options->n_operands - 1, &asked, &err)
		     : error_errno(&err, errno, "the working directory");

	if (r == 0)
		r = research_plan(&research,
				  &(struct research_conf){ asked.data, root, options->dir != NULL },
				  &err);
	if (r == 0)
		r = find_providers(options, root, &providers, &err);
	if (r == 0 && options->explain) {
		work_apply_options(options, research.plan, 0);
		r = explain_safely(options, research.plan, root, &why, &err);
	}
	free(root);
	out_init(&out, STDOUT_FILENO);
	if (r == 0 && options->format == FORMAT_JSON)
		write_web_json(&research, &providers.conf, &why, &out.buf);
	else if (r == 0)
		write_web_md(&research, &providers.conf, &why, &out.buf);
	if (r == 0)
		r = out_flush(&out, &err);
	out_release(&out);
	providers_release(&providers);
	plan_free(research.plan);
	research_release(&research);
	return r < 0 ? tell(&err) : STATUS_OK;
}

static const struct {
	const char *name, *operands;
	unsigned min, max; /* operands, with its name */
	int (*show)(const struct options *options);
} built[] = {
	{ "explore", "QUESTION [DIR]", 2, 3, show_explore },
	{ "start", "[DIR]", 1, 2, show_start },
	{ "web", "QUESTION...", 2, OPTION_OPERANDS_MAX, show_web },
};

static int plan_run(const struct options *options)
{
	if (options->format != FORMAT_DEFAULT && options->format != FORMAT_MD &&
	    options->format != FORMAT_JSON) {
		diag_say("'plan' answers in md or json");
		return STATUS_USAGE;
	}
	if (options->search && !str_equal(options->operands[0], "web")) {
		diag_say("'--search' goes with 'plan web' alone: no other plan depends on it");
		return STATUS_USAGE;
	}
	for (size_t i = 0; i < countof(built); i++) {
		if (!str_equal(options->operands[0], built[i].name))
			continue;
		if (options->n_operands >= built[i].min && options->n_operands <= built[i].max)
			return built[i].show(options);
		diag_say("'plan %s' wants %s (a file of that name is ./%s)", built[i].name,
			 built[i].operands, built[i].name);
		return STATUS_USAGE;
	}
	if (options->n_operands > 1) {
		diag_say("unexpected '%s'", options->operands[1]);
		return STATUS_USAGE;
	}
	return show_file(options);
}

const struct command command_plan = {
	.name = "plan",
	.operands = "FILE|-|COMMAND...",
	.summary = "show what a workflow, explore, start or web would run; run nothing",
	.min_operands = 1,
	.max_operands = OPTION_OPERANDS_MAX,
	.run = plan_run,
};
