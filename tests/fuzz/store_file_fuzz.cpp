// The file of a store with some of its bytes changed, or any bytes instead of it: opened, verified, read, written to and restored
// from, all that comes of it are errors of foldline's own. What is handed out is not compared: a fuzzer sees the checksum that a row
// would need, and writes it there.

#include "require.hpp"
#include "store_image.hpp"

#include <foldline/core/error.hpp>
#include <foldline/sqlite/backup.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace {

enum class base { image, nothing };

/// The image, its end cut off or not, with pieces of the input laid over it.
std::string damaged_image(FuzzedDataProvider& input) {
    std::string bytes = foldline_fuzz::store_image();
    if (input.ConsumeBool()) bytes.resize(input.ConsumeIntegralInRange<std::size_t>(0, bytes.size()));
    while (input.remaining_bytes() > 0 && !bytes.empty()) {
        const auto at = input.ConsumeIntegralInRange<std::size_t>(0, bytes.size() - 1);
        const std::string piece = input.ConsumeRandomLengthString(std::min<std::size_t>(64, bytes.size() - at));
        bytes.replace(at, piece.size(), piece);
    }
    return bytes;
}

/// What is taken for a backup has no fault that a reader meets.
void restore_and_read(const std::filesystem::path& backup) {
    static const std::filesystem::path restored = backup.string() + ".restored";
    foldline_fuzz::write_file(restored, {});
    std::filesystem::remove(restored);
    foldline::testing::sequential_ids ids{9};
    try {
        (void)foldline::sqlite::restore(backup, restored, ids);
    } catch (const foldline::error&) {
        return;
    }
    foldline_fuzz::require(foldline_fuzz::ask_everything(restored, foldline::sqlite::open_mode::existing) == 0,
                           "a store that was restored answers every question");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using foldline::sqlite::open_mode;
    static const std::filesystem::path file = foldline_fuzz::scratch_file();

    FuzzedDataProvider input{data, size};
    const auto mode = input.ConsumeBool() ? open_mode::read_only : open_mode::existing;
    // Mostly the image: of any bytes SQLite says no at the first page.
    const auto from = input.ConsumeIntegralInRange(0, 7) == 7 ? base::nothing : base::image;
    const std::string bytes = from == base::image ? damaged_image(input) : input.ConsumeRemainingBytesAsString();
    foldline_fuzz::write_file(file, bytes);
    (void)foldline_fuzz::ask_everything(file, mode);
    if (mode == open_mode::read_only) restore_and_read(file);
    return 0;
}
