"""A page's picture as a small PNG: 256 colours, which is all that text and flat surfaces need.

The browser that took the picture also counts its colours, so that no image library is needed.
"""

from __future__ import annotations

import base64
import struct
import zlib

from playwright.sync_api import Page

_COUNT = """async (png) => {
  const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const pixels = canvas.getImageData(0, 0, image.width, image.height).data;
  const counts = new Map();
  for (let i = 0; i < pixels.length; i += 4) {
    const color = (pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2];
    counts.set(color, (counts.get(color) || 0) + 1);
  }
  const far = (a, b) => ((a >> 16) - (b >> 16)) ** 2 + (((a >> 8) & 255) - ((b >> 8) & 255)) ** 2 + ((a & 255) - (b & 255)) ** 2;
  const colors = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a) || a - b);
  // The most frequent colours as they are; of the others only those that no chosen one stands in for.
  const palette = [];
  for (const color of colors) {
    if (palette.length === 256) break;
    if (palette.length < 24 || colors.length <= 256 || palette.every((one) => far(one, color) > 60)) palette.push(color);
  }
  const place = new Map(colors.map((color) => {
    let best = 0;
    for (let i = 1; i < palette.length; i += 1) if (far(palette[i], color) < far(palette[best], color)) best = i;
    return [color, best];
  }));
  let text = "";
  for (let i = 0; i < pixels.length; i += 4) {
    text += String.fromCharCode(place.get((pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2]));
  }
  return { width: image.width, height: image.height, palette, places: btoa(text) };
}"""


def smaller(blank: Page, png: bytes) -> bytes:
    """The same picture with at most 256 colours; ``blank`` is an empty page, which has no content policy."""
    found = blank.evaluate(_COUNT, base64.b64encode(png).decode())
    width, height = found["width"], found["height"]
    places = base64.b64decode(found["places"])
    rows = b"".join(b"\0" + places[at : at + width] for at in range(0, width * height, width))
    palette = b"".join(color.to_bytes(3, "big") for color in found["palette"])
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    small = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)
    return min(small, png, key=len)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
