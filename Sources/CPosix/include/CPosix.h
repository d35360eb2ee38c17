// System calls that Swift cannot import by itself (GNU extensions, variadic functions, packed structs, macros),
// as plain functions. Nothing here decides anything.
#ifndef CPOSIX_H
#define CPOSIX_H
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/// One readiness event as the loop reads it: the token it was registered with, and the epoll bits.
typedef struct {
  uint64_t token;
  uint32_t events;
} pb_event;

int pb_errno(void);
/// The system's words for an errno value, possibly written into `out`.
const char *pb_error_text(int code, char *out, size_t capacity);
int pb_accept(int fd, struct sockaddr_storage *address, socklen_t *length);
int pb_epoll_create(void);
int pb_epoll_add(int epoll, int fd, uint32_t events, uint64_t token);
int pb_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token);
int pb_epoll_delete(int epoll, int fd);
/// Waits for at most `capacity` (<= 256) events and copies them out of the kernel's packed layout.
int pb_epoll_wait(int epoll, pb_event *out, int capacity, int64_t timeout_ns);
int pb_eventfd(void);
int pb_socket(int family);
int64_t pb_monotonic_ns(void);
int64_t pb_wall_seconds(void);
int64_t pb_wall_milliseconds(void);
int pb_random(void *out, size_t count);
/// Opens a file that exists for reading and writing past the system's memory; -1 where that is not possible. Places, lengths
/// and addresses must be multiples of 4096.
int pb_open_direct(const char *path);
/// Begins to write a part of a file to the disk and waits for nothing; a hint. Unit: bytes.
void pb_send_to_disk(int fd, int64_t start, int64_t count);
/// Closes with a TCP reset instead of an orderly end.
void pb_close_reset(int fd);
/// Formats a socket address as "1.2.3.4:80" or "[::1]:80"; returns the length written without the NUL.
int pb_format_address(const struct sockaddr_storage *address, char *out, size_t capacity);
/// Whether the address lies in 127.0.0.0/8, is ::1, or is a v4-mapped loopback address.
int pb_is_loopback(const struct sockaddr_storage *address);
int pb_port(const struct sockaddr_storage *address);
/// No core dumps and no ptrace by other processes of the user: memory holds provider keys.
int pb_forbid_dumps(void);
/// Lets the allocator keep blocks of up to `keep` bytes on its heap instead of mapping each anew, and return the heap's end
/// to the system when more than `trim` bytes of it are free.
void pb_tune_allocator(size_t keep, size_t trim);
/// Gives free pages of the allocator back to the system: those of all heaps but for their ends, and the end of the calling
/// thread's. Holds the allocator's locks meanwhile. Safe from any thread.
void pb_return_free_memory(void);
/// Takes the pages of code and constants, of the program and of its libraries, out of the process's memory. They are files'
/// pages that nothing ever writes (segments that may be written, relocated ones among them, are left alone), so what is
/// needed again comes back from the page cache when it is touched. Safe from any thread.
void pb_release_code(void);
/// Bytes of the process that are in memory; 0 when the system does not say.
int64_t pb_resident_bytes(void);
/// The least of the machine's memory, the control group's limit (version 2 or 1) and the limit of address space, in bytes.
int64_t pb_memory_limit(void);
/// Processor time the process has used so far in milliseconds, or -1.
int64_t pb_processor_milliseconds(void);
/// Whether a file lies where space that was set aside stays ours when it is written through a mapping: ext4, XFS, tmpfs.
/// Elsewhere a full disk would end the process with a signal.
int pb_maps_reserved_space(int fd);
/// Maps a part of a file for reading and writing, with its pages made ready; NULL when that fails.
void *pb_map_file(int fd, int64_t offset, size_t length);
/// Stores four bytes, which need not be aligned, behind everything that was stored before.
void pb_store_word(void *target, uint32_t word);
/// Raises the soft limit of open files to the hard one; returns the limit now in force, or -1.
int64_t pb_raise_open_files(void);
/// The environment as it is now: "NAME=value" texts, ended by NULL. For the start of the process.
char *const *pb_environment(void);
uint32_t pb_epollin(void);
uint32_t pb_epollout(void);
uint32_t pb_epollrdhup(void);
uint32_t pb_epollhup(void);
uint32_t pb_epollerr(void);
#endif
