// Has every thread of this process do something to itself: identity, capabilities and Landlock belong to a
// thread.
#ifndef QUIC_TOP_EVERY_THREAD_H
#define QUIC_TOP_EVERY_THREAD_H

#include <string>

// Calls `work` in each thread, also in those that appear meanwhile. It must be async-signal-safe: raw system
// calls only, which change the calling thread alone. It returns 0 or an errno. `what` is what is done, for the
// error, and `hint` what to do about it. Throws CaptureError; then only some threads may have done it.
void in_every_thread(int (*work)(), const std::string& what, const std::string& hint);

#endif
