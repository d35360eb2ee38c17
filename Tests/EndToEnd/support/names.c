/* Stands between a program and the system's names: a name below .test behaves as its first label says. Loaded with
   LD_PRELOAD; every question is written as a line to the file that PATCHBAY_TEST_NAMES names. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int (*resolve)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
  static resolve real;
  if (!real) real = (resolve)dlsym(RTLD_NEXT, "getaddrinfo");
  size_t length = name ? strlen(name) : 0;
  if (length < 5 || strcmp(name + length - 5, ".test") != 0) return real(name, service, hints, result);
  const char *path = getenv("PATCHBAY_TEST_NAMES");
  int asked = 0;
  if (path) {
    FILE *file = fopen(path, "a+");
    char line[300];
    rewind(file);
    while (fgets(line, sizeof line, file)) asked += strncmp(line, name, length) == 0 && line[length] == '\n';
    fprintf(file, "%s\n", name);
    fclose(file);
  }
  if (strncmp(name, "gone.", 5) == 0) return EAI_NONAME;
  if (strncmp(name, "broken.", 7) == 0) return EAI_AGAIN;
  if (strncmp(name, "slow.", 5) == 0) sleep(30);
  /* The first answer is right, every later one leads to an address where nobody listens. */
  if (strncmp(name, "flips.", 6) == 0 && asked > 0) return real("127.0.0.99", service, hints, result);
  return real("127.0.0.1", service, hints, result);
}
