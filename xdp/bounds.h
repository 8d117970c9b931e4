/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Bounds that the verifier sees. A compiler drops a check that an earlier one implies, and compares a copy of a
 * register, or one that it moved by a constant, instead of the register that is used next. Both are right in C,
 * and both leave the verifier without the bound: it follows registers, not values. Every check that a memory
 * access relies on is made here, on a value that the compiler knows nothing of, in the register that is used.
 */
#ifndef QUIC_TOP_BOUNDS_H
#define QUIC_TOP_BOUNDS_H

#include <stdbool.h>

#include <linux/types.h>

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

/* Called in the programs, not copied to each place: they stay short, and a verifier looks at less. */
#ifdef __bpf__
#define QT_ONCE static __attribute__((noinline))
#else
#define QT_ONCE static __always_inline
#endif

/* From here on the compiler knows nothing of the variable's value, and keeps it in one register. */
#ifdef __bpf__
#define QT_FORGET(variable) asm volatile("" : "+r"(variable))
#else
#define QT_FORGET(variable) ((void)0)
#endif

/*
 * Before a loop whose body branches. The verifiers of Linux before 6.7 refuse a loop of which a compiler put
 * the condition behind the body ("back-edge"), where it is reached by falling through.
 */
#ifdef __bpf__
#define QT_UNROLL _Pragma("unroll")
#else
#define QT_UNROLL
#endif

/*
 * Whether the `size` bytes at *p end before `end`, and may be read through *p from here on.
 * clang 19 takes a check inside a loop for implied by one before it.
 */
static __always_inline bool qt_can_read(const __u8 **p, __u32 size, const __u8 *end)
{
	const __u8 *here = *p;

	QT_FORGET(here);
	if (here + size > end)
		return false;
	*p = here;
	return true;
}

/*
 * Whether least <= *value <= most, as a size that a helper takes.
 * As a difference and one comparison, because Linux before 6.8 learns nothing from "not equal to 0", which is
 * what clang makes of "at least 1".
 */
static __always_inline bool qt_is_between(__u64 *value, __u64 least, __u64 most)
{
	__u64 above = *value - least;

	QT_FORGET(above);
	if (above > most - least)
		return false;
	QT_FORGET(above);
	*value = above + least;
	return true;
}

/* The 16 bits of a number of which the verifier may know none: before Linux 6.10 those of a byte swap. */
static __always_inline __u16 qt_u16(__u64 value)
{
	QT_FORGET(value);
	return (__u16)value;
}

/*
 * Numbers as they lie in memory, in the CPU's byte order, wherever they begin. For BPF compilers make a load of
 * each byte unless told that it may be read at once: no CPU that BPF is compiled for minds.
 */
static __always_inline __u16 qt_load_u16(const __u8 *p)
{
#ifdef __bpf__
	return *(const __u16 *)p;
#else
	__u16 value;

	__builtin_memcpy(&value, p, sizeof(value));
	return value;
#endif
}

static __always_inline __u32 qt_load_u32(const __u8 *p)
{
#ifdef __bpf__
	return *(const __u32 *)p;
#else
	__u32 value;

	__builtin_memcpy(&value, p, sizeof(value));
	return value;
#endif
}

static __always_inline __u64 qt_load_u64(const __u8 *p)
{
#ifdef __bpf__
	return *(const __u64 *)p;
#else
	__u64 value;

	__builtin_memcpy(&value, p, sizeof(value));
	return value;
#endif
}

#endif
