#define _GNU_SOURCE
#include "CPosix.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

int pb_errno(void) { return errno; }

int pb_accept(int fd, struct sockaddr_storage *address, socklen_t *length) {
  return accept4(fd, (struct sockaddr *)address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int pb_open_direct(const char *path) {
#if defined(O_DIRECT)
  return open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
#else
  (void)path;
  return -1;
#endif
}

void pb_send_to_disk(int fd, int64_t start, int64_t count) {
  (void)sync_file_range(fd, start, count, SYNC_FILE_RANGE_WRITE);
}

int pb_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }
static int control(int epoll, int operation, int fd, uint32_t events, uint64_t token) {
  struct epoll_event event;
  memset(&event, 0, sizeof event);
  event.events = events;
  event.data.u64 = token;
  return epoll_ctl(epoll, operation, fd, &event);
}

int pb_epoll_wait(int epoll, pb_event *out, int capacity, int64_t timeout_ns) {
  struct epoll_event events[256];
  if (capacity > 256) capacity = 256;
  int count;
  if (timeout_ns < 0) {
    count = epoll_wait(epoll, events, capacity, -1);
  } else {
    // epoll_wait counts milliseconds; rounding up keeps a timer from spinning in its last one.
    int64_t ms = (timeout_ns + 999999) / 1000000;
    count = epoll_wait(epoll, events, capacity, ms > 60000 ? 60000 : (int)ms);
  }
  for (int i = 0; i < count; i++) {
    out[i].token = events[i].data.u64;
    out[i].events = events[i].events;
  }
  return count;
}

int pb_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }
int pb_socket(int family) {
  return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

int64_t pb_monotonic_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t pb_wall_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME_COARSE, &t);
  return (int64_t)t.tv_sec;
}

int64_t pb_wall_milliseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int pb_random(void *out, size_t count) {
  uint8_t *p = out;
  while (count > 0) {
    ssize_t n = getrandom(p, count, 0);
    if (n < 0) {
      if (errno == EINTR) continue;
      return -1;
    }
    p += n;
    count -= (size_t)n;
  }
  return 0;
}

void pb_close_reset(int fd) {
  struct linger l = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
  close(fd);
}

int pb_format_address(const struct sockaddr_storage *address, char *out, size_t capacity) {
  char host[INET6_ADDRSTRLEN];
  if (address->ss_family == AF_INET) {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
    return snprintf(out, capacity, "%s:%u", host, ntohs(v4->sin_port));
  }
  const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
  inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
  return snprintf(out, capacity, "[%s]:%u", host, ntohs(v6->sin6_port));
}

int pb_is_loopback(const struct sockaddr_storage *address) {
  if (address->ss_family == AF_INET) {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
  }
  if (address->ss_family != AF_INET6) return 0;
  const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
  if (IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr)) return 1;
  return IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) && v6->sin6_addr.s6_addr[12] == 127;
}

int pb_port(const struct sockaddr_storage *address) {
  return address->ss_family == AF_INET ? ntohs(((const struct sockaddr_in *)address)->sin_port)
                                       : ntohs(((const struct sockaddr_in6 *)address)->sin6_port);
}

int pb_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
int64_t pb_raise_open_files(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
  if (limit.rlim_cur < limit.rlim_max) {
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return (int64_t)before;
  }
  return limit.rlim_cur == RLIM_INFINITY ? INT64_MAX : (int64_t)limit.rlim_cur;
}

uint32_t pb_epollin(void) { return EPOLLIN; }
uint32_t pb_epollout(void) { return EPOLLOUT; }
uint32_t pb_epollrdhup(void) { return EPOLLRDHUP; }
uint32_t pb_epollhup(void) { return EPOLLHUP; }
uint32_t pb_epollerr(void) { return EPOLLERR; }

const char *pb_error_text(int code, char *out, size_t capacity) { return strerror_r(code, out, capacity); }

int pb_epoll_add(int epoll, int fd, uint32_t events, uint64_t token) {
  return control(epoll, EPOLL_CTL_ADD, fd, events, token);
}

int pb_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token) {
  return control(epoll, EPOLL_CTL_MOD, fd, events, token);
}

int pb_epoll_delete(int epoll, int fd) { return control(epoll, EPOLL_CTL_DEL, fd, 0, 0); }

extern char **environ;
char *const *pb_environment(void) { return environ; }

/// What pb_tune_allocator has set; glibc's own value before.
static int trim_threshold = 131072;

void pb_tune_allocator(size_t keep, size_t trim) {
#if defined(__GLIBC__)
  trim_threshold = (int)trim;
  mallopt(M_MMAP_THRESHOLD, (int)keep);
  mallopt(M_TRIM_THRESHOLD, trim_threshold);
#else
  (void)keep;
  (void)trim;
#endif
}

void pb_return_free_memory(void) {
#if defined(__GLIBC__)
  static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&turn);
  // malloc_trim leaves the end of every heap but the first; freeing a large block gives the end of this thread's heap back.
  mallopt(M_TRIM_THRESHOLD, 131072);
  void *volatile block = malloc(98304);
  free(block);
  malloc_trim(0);
  mallopt(M_TRIM_THRESHOLD, trim_threshold);
  pthread_mutex_unlock(&turn);
#endif
}

int64_t pb_processor_milliseconds(void) {
  struct rusage usage;
  if (getrusage(RUSAGE_SELF, &usage) != 0) return -1;
  return ((int64_t)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
         ((int64_t)usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

static int release_object(struct dl_phdr_info *object, size_t size, void *context) {
  (void)size;
  (void)context;
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (int index = 0; index < object->dlpi_phnum; index++) {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[index];
    if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W)) continue;
    const uintptr_t start = ((uintptr_t)object->dlpi_addr + segment->p_vaddr) & ~(page - 1);
    const uintptr_t end = (uintptr_t)object->dlpi_addr + segment->p_vaddr + segment->p_memsz;
    madvise((void *)start, (end - start + page - 1) & ~(page - 1), MADV_DONTNEED);
  }
  return 0;
}

void pb_release_code(void) { dl_iterate_phdr(release_object, NULL); }

int pb_maps_reserved_space(int fd) {
  // Magic numbers of statfs(2).
  const unsigned long ext4 = 0xEF53, xfs = 0x58465342, tmpfs = 0x01021994;
  struct statfs status;
  if (fstatfs(fd, &status) != 0) return 0;
  const unsigned long type = (unsigned long)status.f_type;
  return type == ext4 || type == xfs || type == tmpfs;
}

void *pb_map_file(int fd, int64_t offset, size_t length) {
  void *start = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
  if (start == MAP_FAILED) return NULL;
#if defined(MADV_POPULATE_WRITE)
  madvise(start, length, MADV_POPULATE_WRITE);  // one call instead of a fault for every page; older kernels refuse
#elif defined(__linux__)
  madvise(start, length, 23);
#endif
  return start;
}

void pb_store_word(void *target, uint32_t word) {
  __atomic_thread_fence(__ATOMIC_RELEASE);
  memcpy(target, &word, sizeof word);
}

/// The number at the start of a small file, or -1.
static int64_t number_in(const char *path) {
  char text[64];
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  const ssize_t count = read(fd, text, sizeof text - 1);
  close(fd);
  if (count <= 0 || text[0] < '0' || text[0] > '9') return -1;
  text[count] = 0;
  return strtoll(text, NULL, 10);
}

int64_t pb_resident_bytes(void) {
  char text[128];
  const int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  const ssize_t count = read(fd, text, sizeof text - 1);
  close(fd);
  if (count <= 0) return 0;
  text[count] = 0;
  long long size = 0, resident = 0;
  if (sscanf(text, "%lld %lld", &size, &resident) != 2) return 0;
  return (int64_t)resident * sysconf(_SC_PAGESIZE);
}

int64_t pb_memory_limit(void) {
  int64_t least = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
  const char *files[] = {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
  for (size_t index = 0; index < sizeof files / sizeof *files; index++) {
    const int64_t limit = number_in(files[index]);
    if (limit > 0 && limit < least) least = limit;
  }
  struct rlimit space;
  if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY && (int64_t)space.rlim_cur < least)
    least = (int64_t)space.rlim_cur;
  return least;
}
