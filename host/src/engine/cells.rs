//! Things that several threads work on at once, each on those that are its own for the moment.
#![expect(
    unsafe_code,
    reason = "who may touch what is proved by the schedule, which the compiler does not know"
)]

use std::cell::UnsafeCell;

/// A fixed row of things, each used by one thread at a time.
pub(crate) struct Cells<T>(Box<[UnsafeCell<T>]>);

// SAFETY: a shared reference gives access by `at` only, whose callers promise that nobody else has the same one; so
// things move between threads, but are never shared.
unsafe impl<T: Send> Sync for Cells<T> {}

impl<T> Cells<T> {
    /// All of them, for who has the row to itself.
    pub fn all(&mut self) -> &mut [T] {
        let row: *mut [UnsafeCell<T>] = &raw mut *self.0;
        // SAFETY: an `UnsafeCell<T>` is laid out as its `T`, and the row is borrowed as long as the result.
        unsafe { &mut *(row as *mut [T]) }
    }

    /// One of them, for who has the row to itself.
    pub fn get(&mut self, index: usize) -> &mut T {
        self.0[index].get_mut()
    }

    /// One of them.
    ///
    /// # Safety
    /// The index is that of one, and nobody else uses the same one as long as the result lives.
    #[inline]
    #[expect(clippy::mut_from_ref, reason = "that is what the safety contract is about")]
    pub unsafe fn at(&self, index: usize) -> &mut T {
        debug_assert!(index < self.0.len());
        // SAFETY: the caller promises that it is there, and that there is no other reference.
        unsafe { &mut *self.0.get_unchecked(index).get() }
    }

    /// One of them, to look at.
    ///
    /// # Safety
    /// The index is that of one, and nobody writes the same one as long as the result lives.
    #[inline]
    pub unsafe fn look(&self, index: usize) -> &T {
        debug_assert!(index < self.0.len());
        // SAFETY: the caller promises that it is there, and that nobody writes.
        unsafe { &*self.0.get_unchecked(index).get() }
    }
}

impl<T> FromIterator<T> for Cells<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().map(UnsafeCell::new).collect())
    }
}

impl<T> IntoIterator for Cells<T> {
    type Item = T;
    type IntoIter = std::iter::Map<std::vec::IntoIter<UnsafeCell<T>>, fn(UnsafeCell<T>) -> T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_vec().into_iter().map(UnsafeCell::into_inner)
    }
}
