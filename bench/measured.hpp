#pragma once

#include <foldline/storage.pb.h>
#include <foldline_bench/v1/measured.pb.h>
#include <foldline/core/metadata.hpp>

#include <cstdint>

namespace foldline_bench {

inline constexpr int payload_bytes = 125;
inline constexpr int metadata_bytes = 36;

/// An event whose payload takes `payload_bytes`. Throws if it does not: all figures on record are of that size.
v1::LineMeasured first_event();

/// Makes the `n`-th event of `reused`, with one of a thousand products; its size stays. It changes few fields, since
/// the time that it takes counts on both sides and would hide a difference between them.
void make_next(v1::LineMeasured& reused, std::uint64_t n);

/// What both sides write as metadata, as a user of foldline holds it and as a plain program does; both encode it once a
/// call.
foldline::metadata our_metadata();
foldline::storage::Metadata raw_metadata();

}  // namespace foldline_bench
