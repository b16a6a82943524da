package io.medforge.plugin.safetensors;

import java.io.InputStream;
import java.util.Objects;

/** The bytes of a range of a file, in order. Closing it leaves the file open. */
final class HeaderStream extends InputStream {
  private final FileSource source;
  private final long end;
  private long position;

  HeaderStream(FileSource source, long begin, long end) {
    this.source = source;
    this.position = begin;
    this.end = end;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int count) {
    Objects.checkFromIndexSize(offset, count, into.length);
    if (position == end) {
      return -1;
    }
    int n = (int) Math.min(count, end - position);
    source.read(position, into, offset, n);
    position += n;
    return n;
  }
}
