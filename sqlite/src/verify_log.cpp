// The write-ahead log, as SQLite's file format has it. Its header is 32 bytes, each frame 24 and a page; all numbers are
// big-endian:
//
//     header: magic 4 | format 4 | page size 4 | checkpoint 4 | salt 8 | checksum 8
//     frame:  page number 4 | pages of the file after a commit, else 0: 4 | salt 8 | checksum 8
//
// A checksum goes on from the one before it. SQLite reads up to the first frame whose salt or checksum is not right, and
// takes what is behind it for remains: so one flipped bit hides every later commit, and nobody is told. Here a commit
// behind such a frame, of the same salt and with right checksums from there on, is a finding. The last frame of all may
// as well be one that a killed process was writing: what was lost of it alone cannot be known.
#include "verify_notes.hpp"

#include "sqlite_error.hpp"

#include <fmt/core.h>
#include <sqlite3.h>

#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace foldline::inline v0::sqlite {
namespace {

constexpr std::int64_t header_size = 32;
constexpr std::int64_t frame_header_size = 24;
constexpr std::uint32_t magic = 0x377F0682;  // its last bit says that checksums take their words as big-endian
constexpr std::uint32_t format = 3'007'000;

struct log_checksum {
    std::uint32_t first = 0;
    std::uint32_t second = 0;
    friend bool operator==(const log_checksum&, const log_checksum&) = default;
};

std::uint32_t big_endian(const char* bytes) {
    std::array<std::uint8_t, 4> word;
    std::memcpy(word.data(), bytes, word.size());
    return std::uint32_t{word[0]} << 24U | std::uint32_t{word[1]} << 16U | std::uint32_t{word[2]} << 8U | word[3];
}
std::uint32_t little_endian(const char* bytes) {
    static_assert(std::endian::native == std::endian::little);
    std::uint32_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

log_checksum go_on(log_checksum sum, std::string_view bytes, bool words_are_big) {
    const auto word = words_are_big ? big_endian : little_endian;
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
        sum.first += word(bytes.data() + at) + sum.second;
        sum.second += word(bytes.data() + at + 4) + sum.first;
    }
    return sum;
}

/// Commits that cannot be read: `last_commit` is a frame behind the damaged one. Frame 0 is the header.
struct hidden_commits {
    std::int64_t damaged = 0;
    std::int64_t last_commit = 0;
    friend bool operator==(const hidden_commits&, const hidden_commits&) = default;
};

/// One look over the log from its first frame to its last.
class log_scan {
public:
    log_scan(connection& db, sqlite3_file* log) : log_(log), page_size_(db.integer("pragma page_size")) {
        check(nullptr, log_->pMethods->xFileSize(log_, &size_), "ask for the length of the write-ahead log");
    }

    std::optional<hidden_commits> run() {
        if (size_ < header_size) return std::nullopt;
        std::int64_t frame = read_header() ? first_damaged() : 0;
        hidden_commits found{frame, 0};
        while (read_frame(++frame))
            if (is_of_this_log() && follows() && is_commit()) found.last_commit = frame;
        return found.last_commit > 0 ? std::optional{found} : std::nullopt;
    }

private:
    /// Whether the header is intact.
    bool read_header() {
        header_.resize(static_cast<std::size_t>(header_size));
        read(header_, 0);
        stored_ = checksum_at(header_.data() + 24);
        const std::uint32_t first = big_endian(header_.data());
        words_are_big_ = first == (magic | 1U);
        intact_header_ = (first == magic || words_are_big_) && big_endian(header_.data() + 4) == format &&
                         big_endian(header_.data() + 8) == page_size_ &&
                         go_on({}, std::string_view{header_}.substr(0, 24), words_are_big_) == stored_;
        if (!intact_header_) words_are_big_ = false;  // as this machine writes them
        return intact_header_;
    }

    /// The number of the first frame that SQLite does not read.
    std::int64_t first_damaged() {
        std::int64_t frame = 1;
        while (read_frame(frame) && is_of_this_log() && follows()) ++frame;
        return frame;
    }

    bool read_frame(std::int64_t frame) {
        const std::int64_t length = frame_header_size + page_size_;
        const std::int64_t at = header_size + (frame - 1) * length;
        if (at + length > size_) return false;
        before_ = stored_;
        frame_.resize(static_cast<std::size_t>(length));
        read(frame_, at);
        stored_ = checksum_at(frame_.data() + 16);
        return true;
    }

    // Of the frame that was read last:

    [[nodiscard]] bool is_of_this_log() const {
        return !intact_header_ || std::memcmp(frame_.data() + 8, header_.data() + 16, 8) == 0;
    }
    [[nodiscard]] bool follows() const {
        const std::string_view bytes{frame_};
        const log_checksum head = go_on(before_, bytes.substr(0, 8), words_are_big_);
        return go_on(head, bytes.substr(static_cast<std::size_t>(frame_header_size)), words_are_big_) == stored_;
    }
    [[nodiscard]] bool is_commit() const { return big_endian(frame_.data() + 4) != 0; }

    static log_checksum checksum_at(const char* bytes) { return {big_endian(bytes), big_endian(bytes + 4)}; }

    void read(std::string& to, std::int64_t at) {
        const int code = log_->pMethods->xRead(log_, to.data(), static_cast<int>(to.size()), at);
        if (code != SQLITE_IOERR_SHORT_READ) check(nullptr, code, "read the write-ahead log");
    }

    sqlite3_file* log_;
    std::int64_t page_size_;
    sqlite3_int64 size_ = 0;
    std::string header_;
    std::string frame_;
    bool intact_header_ = false;
    bool words_are_big_ = false;
    log_checksum before_;  // of the frame before the one that was read last
    log_checksum stored_;
};

}  // namespace

void verify_write_ahead_log(connection& db, verification_notes& notes) {
    statement mode = db.prepare("pragma journal_mode");
    if (!mode.step() || mode.text(0) != "wal") return;
    mode.reset();
    sqlite3_file* log = nullptr;
    check(db.handle(), sqlite3_file_control(db.handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log),
          "find the write-ahead log");
    if (!log || !log->pMethods) return;

    // A frame that is being written at this moment looks damaged once, never twice.
    std::optional<hidden_commits> found;
    for (int look = 0; look < 4; ++look) {
        const auto before = std::exchange(found, log_scan{db, log}.run());
        if (!found || found == before) break;
        if (look == 3) return;
    }
    if (found)
        notes.add("write-ahead log",
                  fmt::format("{} is damaged, which hides the commits behind it, up to frame {}: they are not in what "
                              "is read. Unless the machine lost power in the middle of a commit, events were lost",
                              found->damaged == 0 ? "its header" : fmt::format("frame {}", found->damaged),
                              found->last_commit));
}

}  // namespace foldline::inline v0::sqlite
