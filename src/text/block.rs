//! Bytes looked at sixteen together. The texts of a payload are short, and to look at them so takes a third
//! of what a general search does; in the module it is one instruction a question (WebAssembly's SIMD).

use wide::u8x16;

/// How many bytes are looked at together.
pub const SIZE: usize = 16;

/// Sixteen bytes of a text; behind its end they are zero.
#[derive(Clone, Copy, Default)]
pub struct Block(u8x16);

/// Of the bytes of a block some: the lowest bit is the first.
pub type Marks = u32;

/// All of them.
pub const WHOLE: Marks = 0xffff;

impl Block {
    /// These bytes.
    #[inline(always)]
    pub fn of(bytes: &[u8; SIZE]) -> Self {
        Self(u8x16::new(*bytes))
    }

    /// The bytes at `at`; `None` behind the end of the text.
    #[inline(always)]
    pub fn at(bytes: &[u8], at: usize) -> Option<Self> {
        let rest = bytes.get(at..)?;
        match rest.first_chunk::<SIZE>() {
            Some(block) => Some(Self(u8x16::new(*block))),
            None => Self::last(rest),
        }
    }

    fn last(rest: &[u8]) -> Option<Self> {
        let mut block = [0; SIZE];
        block.get_mut(..rest.len())?.copy_from_slice(rest);
        (!rest.is_empty()).then(|| Self(u8x16::new(block)))
    }

    /// Those that are `byte`.
    #[inline(always)]
    pub fn is(self, byte: u8) -> Marks {
        self.0.simd_eq(u8x16::splat(byte)).to_bitmask()
    }

    /// Those that are one of two.
    #[inline(always)]
    pub fn is_either(self, one: u8, other: u8) -> Marks {
        let one = self.0.simd_eq(u8x16::splat(one));
        (one | self.0.simd_eq(u8x16::splat(other))).to_bitmask()
    }

    /// Those that are `byte`, whatever their bit of case: `{` is so `[` too.
    #[inline(always)]
    pub fn is_in_any_case(self, byte: u8) -> Marks {
        Self(self.0 | u8x16::splat(0x20)).is(byte | 0x20)
    }

    /// Those from `first` to `last`.
    #[inline(always)]
    pub fn is_within(self, first: u8, last: u8) -> Marks {
        // What is below the first is far above it then.
        let above = self.0 - u8x16::splat(first);
        above.min(u8x16::splat(last.wrapping_sub(first))).simd_eq(above).to_bitmask()
    }

    /// Those that are ASCII letters or digits.
    #[inline(always)]
    pub fn is_alphanumeric(self) -> Marks {
        let in_lower_case = Self(self.0 | u8x16::splat(0x20));
        self.is_within(b'0', b'9') | in_lower_case.is_within(b'a', b'z')
    }

    /// Those below a space.
    #[inline(always)]
    pub fn is_control(self) -> Marks {
        self.0.simd_eq(self.0.min(u8x16::splat(0x1f))).to_bitmask()
    }

    /// Those above `~`, the last that can be seen.
    #[inline(always)]
    pub fn is_above_ascii(self) -> Marks {
        self.0.simd_eq(self.0.max(u8x16::splat(0x7f))).to_bitmask()
    }
}

/// How many bytes stand before the first that is marked.
#[inline(always)]
pub fn before(bytes: &[u8], marks: impl Fn(Block) -> Marks) -> usize {
    let mut rest = bytes;
    let mut passed = 0;
    while let Some(block) = rest.first_chunk::<SIZE>() {
        let marked = marks(Block::of(block));
        if marked != 0 {
            return passed + marked.trailing_zeros() as usize;
        }
        passed += SIZE;
        rest = rest.get(SIZE..).unwrap_or_default();
    }
    passed + before_in_last(rest, marks)
}

/// The same in less than a block.
#[inline(never)]
fn before_in_last(rest: &[u8], marks: impl Fn(Block) -> Marks) -> usize {
    let marked = Block::last(rest).map_or(0, marks);
    rest.len().min(marked.trailing_zeros() as usize)
}
