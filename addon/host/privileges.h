// Who this process is, and how it becomes somebody who may less.
#ifndef QUIC_TOP_PRIVILEGES_H
#define QUIC_TOP_PRIVILEGES_H

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

struct User {
  uid_t uid;
  gid_t gid;
};

// The user of this name, or of this number where nobody has the name, and its primary group; a number that the
// system does not know has the group nogroup.
std::optional<User> find_user(const std::string& name);

// Bytes of memory that all processes of this user may lock, the UMEMs of AF_XDP sockets among them
// (RLIMIT_MEMLOCK); nothing: there is no limit, as with CAP_IPC_LOCK.
std::optional<uint64_t> lockable_memory();

// Makes every thread of this process that user, without supplementary groups, without any capability, and
// unable to gain one (no_new_privs). With `reads_maps` CAP_BPF alone is kept where the kernel lets nobody else
// look into the maps that this process has open (before Linux 5.19). Threads made later inherit it. A process
// that is not root passes what it is, and loses its capabilities. Throws CaptureError; then only some threads
// may have changed, and the process must end.
void drop_privileges(const User& user, bool reads_maps);

#endif
