/* SPDX-License-Identifier: MIT */
#include "resources/aimd.h"

void aimd_init(struct aimd *aimd, unsigned max)
{
	*aimd = (struct aimd){ .limit = max, .max = max };
}

static bool refuse(struct aimd *aimd, const struct aimd_sample *sample)
{
	bool is_changed = false;

	if (sample->retry_ns && sample->now_ns + sample->retry_ns > aimd->gate_ns) {
		aimd->gate_ns = sample->now_ns + sample->retry_ns;
		is_changed = true;
	}
	if (aimd->cut_ns && sample->start_ns <= aimd->cut_ns)
		return is_changed;
	aimd->cut_ns = sample->now_ns;
	aimd->n_good = 0;
	aimd->limit = aimd->limit / 2 < 1 ? 1 : aimd->limit / 2;
	return true;
}

bool aimd_add(struct aimd *aimd, const struct aimd_sample *sample)
{
	if (sample->is_refused)
		return refuse(aimd, sample);
	if (sample->n_running * 2 < aimd_limit(aimd))
		return false;
	if (++aimd->n_good < aimd_limit(aimd) || aimd->limit >= aimd->max)
		return false;
	aimd->n_good = 0;
	aimd->limit = aimd->limit + 1 > aimd->max ? aimd->max : aimd->limit + 1;
	return false;
}

void aimd_open(struct aimd *aimd, uint64_t now_ns)
{
	if (aimd->gate_ns && now_ns >= aimd->gate_ns)
		aimd->gate_ns = 0;
}
