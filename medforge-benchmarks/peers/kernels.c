/* The weighted sum of n sources in C, to compare NarrowSumBenchmark and WeightedSumBenchmark with.
 *
 *   gcc -O3 -march=native -o kernels kernels.c && ./kernels 67108864
 *
 * Prints one JSON object per line: format, n, elements, seconds of the best of seven runs, gigabytes per second.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

static void f32_2(const float *w, float *const *x, float *out, size_t n) {
  const float *restrict a = x[0], *restrict b = x[1];
  float *restrict o = out;
  for (size_t i = 0; i < n; i++) o[i] = w[0] * a[i] + w[1] * b[i];
}

static void f32_4(const float *w, float *const *x, float *out, size_t n) {
  const float *restrict a = x[0], *restrict b = x[1], *restrict c = x[2], *restrict d = x[3];
  float *restrict o = out;
  for (size_t i = 0; i < n; i++) o[i] = w[0] * a[i] + w[1] * b[i] + w[2] * c[i] + w[3] * d[i];
}

static inline float wide(uint16_t h) {
  uint32_t bits = (uint32_t)h << 16;
  float f;
  memcpy(&f, &bits, 4);
  return f;
}

static inline uint16_t narrow(float f) {
  uint32_t bits;
  memcpy(&bits, &f, 4);
  return (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

static void bf16_2(const float *w, uint16_t *const *x, uint16_t *out, size_t n) {
  const uint16_t *restrict a = x[0], *restrict b = x[1];
  uint16_t *restrict o = out;
  for (size_t i = 0; i < n; i++) o[i] = narrow(w[0] * wide(a[i]) + w[1] * wide(b[i]));
}

static void bf16_4(const float *w, uint16_t *const *x, uint16_t *out, size_t n) {
  const uint16_t *restrict a = x[0], *restrict b = x[1], *restrict c = x[2], *restrict d = x[3];
  uint16_t *restrict o = out;
  for (size_t i = 0; i < n; i++)
    o[i] = narrow(w[0] * wide(a[i]) + w[1] * wide(b[i]) + w[2] * wide(c[i]) + w[3] * wide(d[i]));
}

static void run(const char *format, int n, size_t elements) {
  size_t width = strcmp(format, "F32") ? 2 : 4;
  float w[4] = {0.1f, 0.2f, 0.3f, 0.4f};
  void *x[4], *out = aligned_alloc(64, width * elements);
  memset(out, 0, width * elements);
  for (int k = 0; k < n; k++) {
    x[k] = aligned_alloc(64, width * elements);
    uint32_t seed = 1 + k;
    for (size_t i = 0; i < elements; i++) {
      seed = seed * 1664525u + 1013904223u;
      float f = (float)(seed >> 8) / 8388608.0f - 1.0f + 0.00390625f;
      if (width == 4) ((float *)x[k])[i] = f; else ((uint16_t *)x[k])[i] = narrow(f);
    }
  }
  double best = 1e9;
  for (int r = 0; r < 7; r++) {
    double t = now();
    if (width == 4) (n == 2 ? f32_2 : f32_4)(w, (float *const *)x, out, elements);
    else (n == 2 ? bf16_2 : bf16_4)(w, (uint16_t *const *)x, out, elements);
    t = now() - t;
    if (t < best) best = t;
  }
  printf("{\"format\": \"%s\", \"inputs\": %d, \"elements\": %zu, \"seconds\": %.6f, \"gigabytesPerSecond\": %.3f}\n",
         format, n, elements, best, 1e-9 * width * elements * (n + 1) / best);
  for (int k = 0; k < n; k++) free(x[k]);
  free(out);
}

int main(int argc, char **argv) {
  size_t elements = argc > 1 ? strtoull(argv[1], NULL, 10) : 67108864;
  const char *formats[] = {"F32", "BF16"};
  for (int f = 0; f < 2; f++)
    for (int n = 2; n <= 4; n += 2) run(formats[f], n, elements);
  return 0;
}
