/* The weighted sum of n sources in C: what WeightedSumBenchmark and NarrowSumBenchmark are compared with.
 *
 *   gcc -O3 -march=native -pthread -o kernels kernels.c && ./kernels 67108864 > speed-kernels.json
 *
 * BenchmarkRun compiles and runs it between JMH's runs. A second argument, 1 or 2, leaves out the other number of threads.
 * All are the same plain loop. gcc 12 makes vector code of it for F32 and BF16, not for F16; "F16C" is a loop by hand
 * over the processor's conversions, left out where there are none. Each thread sums its own half. Prints a
 * list in JSON of format, inputs, threads, elements, seconds (the median of eleven runs), gigabytes read and written
 * per second: speed-kernels.json of the results.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __F16C__
#include <immintrin.h>
#endif

enum { RUNS = 11 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
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

#define SUM2(in) w0 *in(a[i]) + w1 *in(b[i])
#define SUM4(in) SUM2(in) + w2 *in(c[i]) + w3 *in(d[i])
#define SUM8(in) SUM4(in) + w4 *in(e[i]) + w5 *in(f[i]) + w6 *in(g[i]) + w7 *in(h[i])

/* One function per format and number: the loop that somebody would write who knows both. */
#define KERNEL(name, type, n, in, out)                                                             \
  static void name(const float *w, void *const *x, void *result, size_t from, size_t to) {         \
    const type *restrict a = x[0], *restrict b = x[1], *restrict c = x[2], *restrict d = x[3];     \
    const type *restrict e = x[4], *restrict f = x[5], *restrict g = x[6], *restrict h = x[7];     \
    float w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3], w4 = w[4], w5 = w[5], w6 = w[6], w7 = w[7];  \
    type *restrict o = result;                                                                     \
    (void)c, (void)d, (void)e, (void)f, (void)g, (void)h;                                          \
    (void)w2, (void)w3, (void)w4, (void)w5, (void)w6, (void)w7;                                    \
    for (size_t i = from; i < to; i++) o[i] = out(SUM##n(in));                                     \
  }

#define SAME(x) (x)
KERNEL(f32_2, float, 2, SAME, SAME)
KERNEL(f32_4, float, 4, SAME, SAME)
KERNEL(f32_8, float, 8, SAME, SAME)
KERNEL(bf16_2, uint16_t, 2, wide, narrow)
KERNEL(bf16_4, uint16_t, 4, wide, narrow)
KERNEL(bf16_8, uint16_t, 8, wide, narrow)

#ifdef __FLT16_MANT_DIG__
#define WIDE(x) ((float)(x))
#define HALF(x) ((_Float16)(x))
KERNEL(f16_2, _Float16, 2, WIDE, HALF)
KERNEL(f16_4, _Float16, 4, WIDE, HALF)
KERNEL(f16_8, _Float16, 8, WIDE, HALF)
#endif

#ifdef __F16C__
static inline __m256 half(const void *x, size_t i) {
  return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)((const uint16_t *)x + i)));
}

static inline void f16c(const float *w, void *const *x, void *out, size_t from, size_t to, int n) {
  for (size_t i = from; i < to; i += 8) { /* elements are a multiple of 16 */
    __m256 sum = _mm256_mul_ps(_mm256_set1_ps(w[0]), half(x[0], i));
    for (int k = 1; k < n; k++)
      sum = _mm256_add_ps(sum, _mm256_mul_ps(_mm256_set1_ps(w[k]), half(x[k], i)));
    _mm_storeu_si128((__m128i *)((uint16_t *)out + i), _mm256_cvtps_ph(sum, _MM_FROUND_TO_NEAREST_INT));
  }
}
static void f16c_2(const float *w, void *const *x, void *o, size_t a, size_t b) { f16c(w, x, o, a, b, 2); }
static void f16c_4(const float *w, void *const *x, void *o, size_t a, size_t b) { f16c(w, x, o, a, b, 4); }
static void f16c_8(const float *w, void *const *x, void *o, size_t a, size_t b) { f16c(w, x, o, a, b, 8); }
static uint16_t to_half(float f) { return _cvtss_sh(f, _MM_FROUND_TO_NEAREST_INT); }
#endif

typedef void kernel(const float *, void *const *, void *, size_t, size_t);

typedef struct {
  kernel *function;
  const float *w;
  void *const *x;
  void *out;
  size_t from, to;
} part;

static void *work(void *argument) {
  part *p = argument;
  p->function(p->w, p->x, p->out, p->from, p->to);
  return NULL;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void run(const char *format, size_t width, kernel *function, uint16_t (*encode)(float), int n, int threads,
                size_t elements) {
  const float w[8] = {0.1f, 0.2f, 0.3f, 0.4f, 0.15f, 0.25f, 0.35f, 0.45f};
  void *x[8] = {NULL}, *out = aligned_alloc(64, width * elements);
  memset(out, 0, width * elements);
  for (int k = 0; k < n; k++) {
    x[k] = aligned_alloc(64, width * elements);
    uint32_t seed = 1 + k;
    for (size_t i = 0; i < elements; i++) {
      seed = seed * 1664525u + 1013904223u;
      float f = (float)(seed >> 8) / 8388608.0f - 1.0f + 0.00390625f;
      if (width == 4) ((float *)x[k])[i] = f; else ((uint16_t *)x[k])[i] = encode(f);
    }
  }
  double seconds[RUNS];
  for (int r = 0; r < RUNS; r++) {
    part parts[2] = {{function, w, x, out, 0, elements / threads}, {function, w, x, out, elements / 2, elements}};
    pthread_t second;
    double t = now();
    if (threads == 2) pthread_create(&second, NULL, work, &parts[1]);
    work(&parts[0]);
    if (threads == 2) pthread_join(second, NULL);
    seconds[r] = now() - t;
  }
  qsort(seconds, RUNS, sizeof *seconds, ascending);
  double median = seconds[RUNS / 2];
  static int before = 0;
  printf("%s\n  {\"format\": \"%s\", \"inputs\": %d, \"threads\": %d, \"elements\": %zu, \"seconds\": %.6f, "
         "\"gigabytesPerSecond\": %.3f}",
         before++ ? "," : "[", format, n, threads, elements, median, 1e-9 * width * elements * (n + 1) / median);
  fflush(stdout);
  for (int k = 0; k < n; k++) free(x[k]);
  free(out);
}

int main(int argc, char **argv) {
  size_t elements = (argc > 1 ? strtoull(argv[1], NULL, 10) : 67108864) / 16 * 16;
  int only = argc > 2 ? atoi(argv[2]) : 0;
  kernel *f32[] = {f32_2, f32_4, f32_8}, *bf16[] = {bf16_2, bf16_4, bf16_8};
  for (int threads = 1; threads <= 2; threads++) {
    if (only && only != threads) continue;
    for (int k = 0; k < 3; k++) {
      run("F32", 4, f32[k], NULL, 2 << k, threads, elements);
      run("BF16", 2, bf16[k], narrow, 2 << k, threads, elements);
#ifdef __F16C__
      kernel *f16c[] = {f16c_2, f16c_4, f16c_8};
      run("F16C", 2, f16c[k], to_half, 2 << k, threads, elements);
#ifdef __FLT16_MANT_DIG__
      kernel *f16[] = {f16_2, f16_4, f16_8};
      run("F16", 2, f16[k], to_half, 2 << k, threads, elements);
#endif
#endif
    }
  }
  printf("\n]\n");
  return 0;
}
