// On which CPUs threads run.
#ifndef QUIC_TOP_CPUS_H
#define QUIC_TOP_CPUS_H

#include <pthread.h>

#include <cstdint>

// Has the thread run on that CPU alone. Throws CaptureError: there is no such CPU, or this process may not use
// it.
void place_thread(pthread_t thread, uint32_t cpu);

// Throws CaptureError unless threads can be placed there.
void try_cpu(uint32_t cpu);

#endif
