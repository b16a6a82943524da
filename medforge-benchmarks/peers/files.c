/* What merging whole models from file to file takes before anything is computed: every byte read, a model's bytes written.
 *
 *   gcc -O2 -pthread -o files files.c && ./files THREADS REPETITIONS OUT MODEL... > answer.json
 *
 * compare_models.py compiles and runs it beside the merges. A model is a folder of *.safetensors, of the same names and
 * sizes in all. Piece by piece each model's file is read by pread into a buffer of its own, 64 KiB at a time, and a file
 * is written by pwrite to the folder OUT, 256 KiB at a time; a thread takes the next file when it is done with one. The
 * first model is read into the buffer that is written, so what is written is that model: it can be checked. Prints
 * {"seconds": [of each repetition], "bytesWritten": N}. What is written is not forced to a disk.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { READ = 64 << 10, WRITTEN = 256 << 10, LONGEST = 4096 };

static char **models, **names, *out;
static int model_count, name_count;
static atomic_int next;
static atomic_llong written;

static void fail(const char *what, const char *where) {
  fprintf(stderr, "%s, at %s\n", what, where);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

static char *path(char *into, const char *folder, const char *name) {
  if (snprintf(into, LONGEST, "%s/%s", folder, name) >= LONGEST) fail("expected a shorter path", folder);
  return into;
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list(const char *folder) {
  DIR *open = opendir(folder);
  if (!open) fail(strerror(errno), folder);
  for (struct dirent *entry; (entry = readdir(open));) {
    size_t length = strlen(entry->d_name), end = strlen(".safetensors");
    if (length < end || strcmp(entry->d_name + length - end, ".safetensors")) continue;
    names = realloc(names, (name_count + 1) * sizeof *names);
    names[name_count++] = strdup(entry->d_name);
  }
  closedir(open);
  if (!name_count) fail("expected files of safetensors, found none", folder);
  qsort(names, name_count, sizeof *names, by_name);
}

static void read_piece(int file, char *into, size_t count, off_t at, const char *name) {
  for (size_t done = 0; done < count;) {
    ssize_t n = pread(file, into + done, count - done, at + done);
    if (n <= 0) fail(n < 0 ? strerror(errno) : "expected more bytes, found the end of the file", name);
    done += n;
  }
}

static void write_piece(int file, const char *from, size_t count, off_t at, const char *name) {
  for (size_t done = 0; done < count;) {
    ssize_t n = pwrite(file, from + done, count - done, at + done);
    if (n < 0) fail(strerror(errno), name);
    done += n;
  }
}

static void merge(const char *name, char *result, char *const *buffers) {
  int files[model_count];
  char where[LONGEST];
  struct stat first = {0}, other;
  for (int k = 0; k < model_count; k++) {
    files[k] = open(path(where, models[k], name), O_RDONLY);
    if (files[k] < 0 || fstat(files[k], k ? &other : &first)) fail(strerror(errno), where);
    if (k && other.st_size != first.st_size) fail("expected the size of the first model's file, found another", where);
  }
  int to = open(path(where, out, name), O_WRONLY | O_CREAT | O_EXCL, 0644);
  if (to < 0) fail(strerror(errno), where);
  for (off_t at = 0; at < first.st_size; at += WRITTEN) {
    size_t count = first.st_size - at < WRITTEN ? first.st_size - at : WRITTEN;
    for (size_t done = 0; done < count; done += READ) {
      size_t n = count - done < READ ? count - done : READ;
      for (int k = 0; k < model_count; k++) {
        read_piece(files[k], k ? buffers[k] : result + done, n, at + done, name);
      }
    }
    write_piece(to, result, count, at, where);
  }
  for (int k = 0; k < model_count; k++) close(files[k]);
  if (close(to)) fail(strerror(errno), where);
  written += first.st_size;
}

static void *work(void *unused) {
  char *result = aligned_alloc(4096, WRITTEN), *buffers[model_count];
  for (int k = 0; k < model_count; k++) buffers[k] = aligned_alloc(4096, READ);
  for (int i; (i = next++) < name_count;) merge(names[i], result, buffers);
  for (int k = 0; k < model_count; k++) free(buffers[k]);
  free(result);
  return unused;
}

int main(int argc, char **argv) {
  int threads = argc > 1 ? atoi(argv[1]) : 0, repetitions = argc > 2 ? atoi(argv[2]) : 0;
  if (argc < 5 || threads < 1 || threads > 2 || repetitions < 1) {
    fail("expected 1|2 REPETITIONS OUT MODEL...", argv[0]);
  }
  out = argv[3], models = argv + 4, model_count = argc - 4;
  list(models[0]);
  if (mkdir(out, 0755) && errno != EEXIST) fail(strerror(errno), out);
  for (int r = 0; r < repetitions; r++) {
    char where[LONGEST];
    for (int i = 0; i < name_count; i++) {
      if (unlink(path(where, out, names[i])) && errno != ENOENT) fail(strerror(errno), where);
    }
    next = 0;
    written = 0;
    pthread_t second;
    double begun = now();
    if (threads == 2 && pthread_create(&second, NULL, work, NULL)) fail("expected a second thread", argv[0]);
    work(NULL);
    if (threads == 2) pthread_join(second, NULL);
    printf("%s%.6f", r ? ", " : "{\"seconds\": [", now() - begun);
  }
  printf("], \"bytesWritten\": %lld}\n", (long long)written);
  return 0;
}
