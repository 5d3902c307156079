//! Photos as cameras, clumsy hands and enemies make them.

use std::io::{Cursor, Write};

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// A picture of this size: its left half red, its right half blue.
pub fn picture(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(
        width,
        height,
        |x, _| if x < width / 2 { Rgb([220, 10, 10]) } else { Rgb([10, 10, 220]) },
    )
    .into()
}

/// The same, in this format.
pub fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    encoded(&picture(width, height), ImageFormat::Jpeg)
}

pub fn png(width: u32, height: u32) -> Vec<u8> {
    encoded(&picture(width, height), ImageFormat::Png)
}

/// A JPEG with what a phone adds: EXIF with the orientation and the place, XMP, a comment; and behind its end a zip.
pub fn from_a_phone(width: u32, height: u32, orientation: u8) -> Vec<u8> {
    let plain = jpeg(width, height);
    let mut bytes = plain[..2].to_vec();
    for (marker, body) in [
        (0xe1, exif(orientation)),
        (0xe1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>Lei Feng 13800138000</x:xmpmeta>".to_vec()),
        (0xfe, b"taken by Lei Feng".to_vec()),
    ] {
        bytes.extend([0xff, marker]);
        bytes.extend(u16::try_from(body.len() + 2).unwrap().to_be_bytes());
        bytes.extend(body);
    }
    bytes.extend(&plain[2..]);
    bytes.extend(b"PK\x03\x04 a second file");
    bytes
}

/// Orientation, and a latitude of 31 degrees north.
fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"Exif\0\0II*\0\x08\0\0\0".to_vec();
    let mut entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        tiff.extend(tag.to_le_bytes());
        tiff.extend(kind.to_le_bytes());
        tiff.extend(count.to_le_bytes());
        tiff.extend(value);
    };
    // The count of entries stands before them: said as part of the first.
    let directory = |entries: u16| entries.to_le_bytes();
    let mut all = Vec::new();
    entry(0x0112, 3, 1, [orientation, 0, 0, 0]);
    entry(0x8825, 4, 1, 38_u32.to_le_bytes());
    all.extend(&tiff[..14]);
    all.extend(directory(2));
    all.extend(&tiff[14..]);
    all.extend([0; 4]);
    all.extend(directory(1));
    all.extend([1, 0, 2, 0, 2, 0, 0, 0, b'N', 0, 0, 0]);
    all.extend([0; 4]);
    all.extend(b"GPSMARK 31.2304");
    all
}

fn chunk(kind: &[u8], body: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(kind);
    crc.update(body);
    [&u32::try_from(body.len()).unwrap().to_be_bytes(), kind, body, &crc.sum().to_be_bytes()].concat()
}

fn header(width: u32, height: u32) -> Vec<u8> {
    [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat()
}

/// `megabytes` of zeros, packed.
fn packed_zeros(megabytes: usize) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
    let zeros = vec![0; 1 << 20];
    (0..megabytes).for_each(|_| packer.write_all(&zeros).unwrap());
    packer.finish().unwrap()
}

/// A PNG that says of itself that it is this large, with hardly anything in it.
pub fn png_that_says(width: u32, height: u32) -> Vec<u8> {
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header(width, height)),
        chunk(b"IDAT", &packed_zeros(1)),
        chunk(b"IEND", b""),
    ]
    .concat()
}

/// A small PNG whose pixels, text and colour profile each unpack to hundreds of megabytes.
pub fn png_that_unpacks() -> Vec<u8> {
    let bomb = packed_zeros(120);
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header(64, 64)),
        chunk(b"iCCP", &[b"p\0\0".to_vec(), bomb.clone()].concat()),
        chunk(b"zTXt", &[b"t\0\0".to_vec(), bomb.clone()].concat()),
        chunk(b"IDAT", &bomb),
        chunk(b"IEND", b""),
    ]
    .concat()
}
