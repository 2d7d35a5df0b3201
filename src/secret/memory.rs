//! Where secret bytes lie: slots in anonymous pages that are kept out of core dumps.
//!
//! A pool hands out slots of three sizes from slabs of pages. A slab is marked with `MADV_DONTDUMP` and locked in
//! memory when it is mapped; locking may fail under `RLIMIT_MEMLOCK` and is then left out. Slots are wiped when they
//! come back, and the slab stays for the next secret, so a secret costs no system call. What is larger than the
//! largest slot gets a mapping of its own.
//!
//! Not covered: copies that a native cryptographic library keeps on its own heap while a key is in use (it wipes them
//! when it frees them), registers and stack of the code that uses a secret, hibernation images, and a debugger that is
//! attached to the process. Where pages cannot be mapped or marked, the ordinary heap is used, and still wiped.

use std::sync::{Mutex, PoisonError};

use memmap2::MmapMut;
use zeroize::Zeroize;

/// The sizes of slots in bytes: keys and digests, RSA blocks, PKCS#8 documents of keys up to RSA-4096.
const CLASSES: [usize; 3] = [64, 512, 4096];
/// The size of a slab in bytes.
const SLAB_LEN: usize = 64 * 1024;

static POOL: Mutex<[Vec<&'static mut [u8]>; CLASSES.len()]> = Mutex::new([const { Vec::new() }; CLASSES.len()]);

/// Owned bytes of a fixed size, wiped when dropped.
pub(super) struct Slot {
    place: Place,
    len: usize,
}

enum Place {
    /// A slot of the pool and its class.
    Pooled(&'static mut [u8], usize),
    /// A mapping of its own.
    Mapped(MmapMut),
    /// The heap, where no page can be mapped.
    Heap(Box<[u8]>),
}

impl Slot {
    /// `len` bytes of zero.
    pub(super) fn zeroed(len: usize) -> Self {
        let place = match CLASSES.iter().position(|size| len <= *size) {
            Some(class) => pooled(class),
            None => map(len).map(Place::Mapped),
        };
        Self { place: place.unwrap_or_else(|| Place::Heap(vec![0; len].into_boxed_slice())), len }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        let whole: &[u8] = match &self.place {
            Place::Pooled(bytes, _) => bytes,
            Place::Mapped(bytes) => bytes,
            Place::Heap(bytes) => bytes,
        };
        // The place was chosen to hold `len` bytes.
        whole.get(..self.len).unwrap_or_default()
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        let whole: &mut [u8] = match &mut self.place {
            Place::Pooled(bytes, _) => bytes,
            Place::Mapped(bytes) => bytes,
            Place::Heap(bytes) => bytes,
        };
        whole.get_mut(..self.len).unwrap_or_default()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.bytes_mut().zeroize();
        if let Place::Pooled(bytes, class) = &mut self.place {
            let bytes = std::mem::take(bytes);
            let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(free) = pool.get_mut(*class) {
                free.push(bytes);
            }
        }
    }
}

/// A free slot of the class; a new slab when there is none.
fn pooled(class: usize) -> Option<Place> {
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    let free = pool.get_mut(class)?;
    if free.is_empty() {
        // The slab lives as long as the process: its slots are handed out again and again.
        let slab: &'static mut MmapMut = Box::leak(Box::new(map(SLAB_LEN)?));
        free.extend(slab.chunks_exact_mut(*CLASSES.get(class)?));
    }
    free.pop().map(|bytes| Place::Pooled(bytes, class))
}

/// Anonymous pages, marked and, where the limits allow it, locked.
fn map(len: usize) -> Option<MmapMut> {
    let pages = MmapMut::map_anon(len).ok()?;
    #[cfg(target_os = "linux")]
    if pages.advise(memmap2::Advice::DontDump).is_err() {
        tracing::warn!("the system does not keep pages out of core dumps");
    }
    #[cfg(unix)]
    if pages.lock().is_err() {
        tracing::debug!("pages of secrets are not locked in memory: RLIMIT_MEMLOCK is too low");
    }
    Some(pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_comes_back_wiped_and_is_used_again() {
        for len in [0, 1, 64, 65, 512, 513, 4096, 4097, 200_000] {
            let mut slot = Slot::zeroed(len);
            assert_eq!(slot.bytes().len(), len);
            slot.bytes_mut().fill(0xa5);
            drop(slot);
            assert!(Slot::zeroed(len).bytes().iter().all(|byte| *byte == 0), "{len}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn pages_of_secrets_are_marked_not_to_be_dumped() {
        for len in [32, 300, 2000, 100_000] {
            let slot = Slot::zeroed(len);
            let address = slot.bytes().as_ptr().addr();
            let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
            let mut inside = false;
            let mut marked = false;
            for line in maps.lines() {
                let range = line.split(' ').next().and_then(|range| range.split_once('-'));
                if let Some((from, to)) = range {
                    let (from, to) = (usize::from_str_radix(from, 16), usize::from_str_radix(to, 16));
                    if let (Ok(from), Ok(to)) = (from, to) {
                        inside = (from..to).contains(&address);
                    }
                }
                if inside && line.starts_with("VmFlags:") {
                    marked = line.split(' ').any(|flag| flag == "dd");
                }
            }
            assert!(marked, "{len} bytes at {address:#x} are in pages that would be dumped");
        }
    }
}
