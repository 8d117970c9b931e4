/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* How many packets a CPU may copy, divert or count under their CIDs in a second: what a flood costs the host.
 * BPF only. */
#ifndef QUIC_TOP_BUDGET_H
#define QUIC_TOP_BUDGET_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "config.h"
#include "maps.h"

enum qt_budget_limits {
	/* Nanoseconds: what was not used of the budget can be used for so long. */
	QT_BUDGET_BURST = 10000000,
	/* Of the packets over budget one in so many is treated as if it were not. */
	QT_BUDGET_SAMPLE = 1024,
	/* Where a packet does not fit, so many that follow are refused without a look at the clock, which is
	 * the dearest part of it. What they would have used can be used later, as long as it is less than a
	 * burst. */
	QT_BUDGET_UNSEEN = 7,
};

static __always_inline struct qt_budget *budget_of_this_cpu(enum qt_budgeted of)
{
	__u32 key = of;

	return bpf_map_lookup_elem(&cpu_budget, &key);
}

/* Whether a long header is over budget, as far as that is known without the time. */
static __always_inline bool is_refused_unseen(void)
{
	struct qt_budget *budget;

	if (config.budget_interval == 0)
		return false;
	budget = budget_of_this_cpu(QT_BUDGET_LONG);
	if (!budget || budget->unseen == 0)
		return false;
	budget->unseen--;
	budget->over++;
	return true;
}

/*
 * Whether the budget of this CPU has room for a packet at `time`. A token bucket in one number: the time for
 * which the next packet is due (GCRA, ITU-T I.371).
 */
QT_ONCE bool is_within_budget(enum qt_budgeted of, __u64 time)
{
	__u64 interval = config.budget_interval;
	struct qt_budget *budget;

	if (interval == 0)
		return true;
	budget = budget_of_this_cpu(of);
	if (!budget)
		return true;
	if ((__s64)(budget->due - time) > 0) {
		if (interval < QT_BUDGET_BURST / (QT_BUDGET_UNSEEN + 1))
			budget->unseen = QT_BUDGET_UNSEEN;
		if (budget->over++ < budget->sample)
			return false;
		budget->sample = budget->over + QT_BUDGET_SAMPLE;
		return true;
	}
	if ((__s64)(time - budget->due) > QT_BUDGET_BURST)
		budget->due = time - QT_BUDGET_BURST;
	budget->due += interval;
	return true;
}

#endif
