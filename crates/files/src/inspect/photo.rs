//! Photos, made anew: decoded within bounds, upright, in sRGB, without anything their sender wrote beside the picture.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::metadata::Orientation;
use image::{DynamicImage, GenericImageView, ImageDecoder, ImageError, ImageFormat, ImageReader, RgbImage};
use kernel::{Fault, Outcome};
use moxcms::{ColorProfile, Layout, TransformOptions};

use super::whole::is_whole;
use crate::error::{DAMAGED, TOO_LARGE, TOO_MANY_PIXELS, TYPE_NOT_TAKEN};
use crate::model::{Limits, Media, THUMBNAIL};

/// Quality of a photo, of 100.
const QUALITY: u8 = 88;
/// Quality of a thumbnail.
const THUMBNAIL_QUALITY: u8 = 78;
/// Longest side of a photo, in pixels.
const MAX_SIDE: u32 = 32_767;
/// Bytes that a decoder may take for one photo.
const MAX_MEMORY: u64 = 384 << 20;
/// Bytes that what stands beside the pixels of a PNG may unpack to, and its rows may take.
const MAX_BESIDE: u64 = 16 << 20;

/// What a photo's header says of it, before anything is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Survey {
    /// Width and height in pixels, as they are stored.
    pub pixels: (u32, u32),
    /// Bytes that work on it takes at once, at most.
    pub memory: u64,
}

/// A photo made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// What it is now.
    pub media: Media,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Width and height, upright.
    pub pixels: (u32, u32),
    /// A small JPEG of it.
    pub thumbnail: Vec<u8>,
}

fn format(media: Media) -> Outcome<ImageFormat> {
    match media {
        Media::Jpeg => Ok(ImageFormat::Jpeg),
        Media::Png => Ok(ImageFormat::Png),
        Media::Webp => Ok(ImageFormat::WebP),
        _ => Err(TYPE_NOT_TAKEN.fault()),
    }
}

fn decoder(bytes: &[u8], media: Media) -> Outcome<impl ImageDecoder + '_> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format(media)?);
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(if media == Media::Png { MAX_BESIDE } else { MAX_MEMORY });
    reader.limits(limits);
    reader.into_decoder().map_err(|error| trouble(&error))
}

fn trouble(error: &ImageError) -> Fault {
    match error {
        ImageError::Limits(_) => TOO_MANY_PIXELS.fault(),
        ImageError::Unsupported(_) => DAMAGED.refusal().because("a kind of photo that nobody makes").into(),
        _ => DAMAGED.fault(),
    }
}

/// Reads the header, and refuses what would be too large to decode.
pub fn survey(bytes: &[u8], media: Media, limits: &Limits) -> Outcome<Survey> {
    // The size stands in the header; a decoder that made room for it first would be the bomb's fuse.
    let decoder = decoder(bytes, media)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > limits.pixels {
        let told = format!("{width} × {height}; at most {} pixels", limits.pixels);
        return Err(TOO_MANY_PIXELS.refusal().because(told).into());
    }
    if pixels == 0 {
        return Err(DAMAGED.fault());
    }
    // As decoded, as coefficients of a progressive JPEG, in eight bits, turned: and the file itself, twice.
    let file = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let memory = decoder.total_bytes().max(pixels * 3) + pixels * 8 + file.saturating_mul(2);
    Ok(Survey { pixels: (width, height), memory })
}

/// Makes it anew.
pub fn remake(bytes: &[u8], media: Media, limits: &Limits) -> Outcome<Photo> {
    survey(bytes, media, limits)?;
    if !is_whole(bytes, media) {
        return Err(DAMAGED.fault());
    }
    let mut decoder = decoder(bytes, media)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    let decoded = DynamicImage::from_decoder(decoder).map_err(|error| trouble(&error))?;
    let mut picture = in_eight_bits(decoded);
    if let Some(profile) = profile {
        picture = in_srgb(picture, &profile);
    }
    picture.apply_orientation(orientation);
    let pixels = picture.dimensions();
    let thumbnail = thumbnail(&picture)?;
    let media = kept_as(media, &picture);
    let bytes = encode(&picture, media)?;
    // A picture that grew beyond reason was made to grow.
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limits.photo_bytes.saturating_mul(3) {
        return Err(TOO_LARGE.refusal().because("as it would be kept").into());
    }
    Ok(Photo { media, bytes, pixels, thumbnail })
}

/// Eight bits a channel; transparency only where some pixel has it.
fn in_eight_bits(picture: DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return DynamicImage::ImageRgb8(picture.into_rgb8());
    }
    let picture = picture.into_rgba8();
    if picture.pixels().all(|pixel| pixel.0.last() == Some(&u8::MAX)) {
        return DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(picture).into_rgb8());
    }
    DynamicImage::ImageRgba8(picture)
}

/// Brings the colours of a profile to sRGB, since the profile itself is not kept. One that cannot be read is left out.
fn in_srgb(picture: DynamicImage, profile: &[u8]) -> DynamicImage {
    let Ok(profile) = ColorProfile::new_from_slice(profile) else { return picture };
    let layout = if picture.color().has_alpha() { Layout::Rgba } else { Layout::Rgb };
    let srgb = ColorProfile::new_srgb();
    let Ok(transform) = profile.create_transform_8bit(layout, &srgb, layout, TransformOptions::default())
    else {
        return picture;
    };
    let turn = |from: &[u8], to: &mut [u8], row: usize| {
        from.chunks_exact(row)
            .zip(to.chunks_exact_mut(row))
            .all(|(from, to)| transform.transform(from, to).is_ok())
    };
    match picture {
        DynamicImage::ImageRgb8(from) => {
            let mut to = RgbImage::new(from.width(), from.height());
            let row = usize::try_from(from.width()).unwrap_or(0) * 3;
            let done = turn(from.as_raw(), &mut to, row);
            DynamicImage::ImageRgb8(if done { to } else { from })
        }
        DynamicImage::ImageRgba8(from) => {
            let mut to = image::RgbaImage::new(from.width(), from.height());
            let row = usize::try_from(from.width()).unwrap_or(0) * 4;
            let done = turn(from.as_raw(), &mut to, row);
            DynamicImage::ImageRgba8(if done { to } else { from })
        }
        other => other,
    }
}

fn kept_as(media: Media, picture: &DynamicImage) -> Media {
    match media {
        Media::Webp if picture.color().has_alpha() => Media::Png,
        // Our encoder of WebP knows no loss: a photo would be three times as large.
        Media::Webp => Media::Jpeg,
        other => other,
    }
}

fn encode(picture: &DynamicImage, media: Media) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    let done = match media {
        Media::Png => {
            let encoder =
                PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
            picture.write_with_encoder(encoder)
        }
        _ => JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&picture.to_rgb8()),
    };
    done.map_err(Fault::internal)?;
    Ok(bytes)
}

/// A small JPEG: transparency turns white.
fn thumbnail(picture: &DynamicImage) -> Outcome<Vec<u8>> {
    let (width, height) = picture.dimensions();
    let small =
        if width.max(height) > THUMBNAIL { picture.thumbnail(THUMBNAIL, THUMBNAIL) } else { picture.clone() };
    let flat = match small {
        DynamicImage::ImageRgba8(small) => RgbImage::from_fn(small.width(), small.height(), |x, y| {
            let [r, g, b, a] = small.get_pixel(x, y).0;
            image::Rgb([r, g, b].map(|c| on_white(c, a)))
        }),
        other => other.into_rgb8(),
    };
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, THUMBNAIL_QUALITY)
        .encode_image(&flat)
        .map_err(Fault::internal)?;
    Ok(bytes)
}

fn on_white(channel: u8, alpha: u8) -> u8 {
    let (channel, alpha) = (u16::from(channel), u16::from(alpha));
    u8::try_from((channel * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
}
