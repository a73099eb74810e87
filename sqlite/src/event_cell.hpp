#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace foldline::inline v0::sqlite {

/// One value of a row, as SQLite has them.
///
/// value, of borrowed bytes.
struct event_cell {
    enum class kind : std::uint8_t {
        null,
        integer,
        large,   ///< the bits of an unsigned integer beyond those of SQL, which gets its digits as a text
        digits,  ///< an integer that SQL gets as a text: it stands where the others are names
        real,
        text,
        blob,
    };

    kind is = kind::null;
    std::uint32_t size = 0;
    union {
        std::int64_t integer = 0;
        double real;
        const char* bytes;
    };

    [[nodiscard]] static event_cell of(std::int64_t value) {
        event_cell cell;
        cell.is = kind::integer;
        cell.integer = value;
        return cell;
    }
    [[nodiscard]] static event_cell of_unsigned(std::uint64_t value) {
        event_cell cell = of(static_cast<std::int64_t>(value));
        if (cell.integer < 0) cell.is = kind::large;
        return cell;
    }
    [[nodiscard]] static event_cell digits(std::int64_t value) {
        event_cell cell = of(value);
        cell.is = kind::digits;
        return cell;
    }
    [[nodiscard]] static event_cell of_real(double value) {
        event_cell cell;
        cell.is = kind::real;
        cell.real = value;
        return cell;
    }
    [[nodiscard]] static event_cell text(std::string_view value) { return bytes_of(kind::text, value); }
    [[nodiscard]] static event_cell blob(std::string_view value) { return bytes_of(kind::blob, value); }

    [[nodiscard]] bool has_bytes() const { return is == kind::text || is == kind::blob; }
    /// Of a text or a blob.
    [[nodiscard]] std::string_view view() const { return {bytes, size}; }

private:
    static event_cell bytes_of(kind which, std::string_view value) {
        event_cell cell;
        cell.is = which;
        cell.size = static_cast<std::uint32_t>(value.size());
        cell.bytes = value.data();
        return cell;
    }
};

/// What stands in the place of personal data.
inline constexpr std::string_view personal_mask = "***";

/// Whether personal data is shown as it is.
enum class masking { on, off };

}  // namespace foldline::inline v0::sqlite
