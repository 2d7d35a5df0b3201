//! A PNG of grey noise (W3C PNG, third edition): valid, and as large as a scan because noise does not compress.

use keymanager::Result;
use keymanager::random::RandomSource;

/// The most bytes one stored block of deflate has (RFC 1951 §3.2.4).
const STORED: usize = 65_535;

/// A picture of `width` times `height` pixels in 16 shades, which takes about half a byte for each when deflated.
pub(super) fn noise(random: &dyn RandomSource, width: u32, height: u32) -> Result<Vec<u8>> {
    // 4 bits for each pixel, and before each line the byte of its filter: none.
    let line = usize::try_from(width / 2).unwrap_or(0);
    let mut lines = Vec::new();
    for _ in 0..height {
        let start = lines.len().saturating_add(1);
        lines.resize(start.saturating_add(line), 0);
        random.fill(lines.get_mut(start..).unwrap_or_default())?;
    }
    let mut header = Vec::new();
    header.extend_from_slice(&width.to_be_bytes());
    header.extend_from_slice(&height.to_be_bytes());
    // 4 bits, grey, and the one compression, filter and interlace method there is.
    header.extend_from_slice(&[4, 0, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, *b"IHDR", &header);
    chunk(&mut file, *b"IDAT", &zlib_stored(&lines));
    chunk(&mut file, *b"IEND", &[]);
    Ok(file)
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    file.extend_from_slice(&u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
    file.extend_from_slice(&kind);
    file.extend_from_slice(data);
    let crc = kind.iter().chain(data).fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    });
    file.extend_from_slice(&(!crc).to_be_bytes());
}

/// zlib (RFC 1950) with stored blocks only.
fn zlib_stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = data.chunks(STORED).peekable();
    while let Some(block) = blocks.next() {
        let len = u16::try_from(block.len()).unwrap_or(0);
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend_from_slice(&len.to_le_bytes());
        stream.extend_from_slice(&(!len).to_le_bytes());
        stream.extend_from_slice(block);
    }
    let (low, high) = data.iter().fold((1u32, 0u32), |(low, high), byte| {
        let low = low.saturating_add(u32::from(*byte)) % 65_521;
        (low, high.saturating_add(low) % 65_521)
    });
    stream.extend_from_slice(&((high << 16) | low).to_be_bytes());
    stream
}
