#pragma once

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace foldline_tests {

/// A file of records of fixed length, each written at once, so that whoever is killed leaves whole records.
///
/// confined.
template <class Record>
class record_file {
    static_assert(std::is_trivially_copyable_v<Record>);

public:
    /// Opens for appending.
    explicit record_file(const std::filesystem::path& path)
        : descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
        if (descriptor_ < 0) throw std::runtime_error("no records can be written to " + path.string());
    }
    record_file(const record_file&) = delete;
    record_file& operator=(const record_file&) = delete;
    ~record_file() { ::close(descriptor_); }

    void add(const Record& record) const {
        if (::write(descriptor_, &record, sizeof record) != static_cast<ssize_t>(sizeof record))
            throw std::runtime_error("a record could not be written");
    }

    /// All of them; none if there is no such file.
    [[nodiscard]] static std::vector<Record> read(const std::filesystem::path& path) {
        std::ifstream in{path, std::ios::binary};
        const std::string bytes{std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
        if (bytes.size() % sizeof(Record) != 0) throw std::runtime_error("half a record in " + path.string());
        std::vector<Record> records(bytes.size() / sizeof(Record));
        if (!records.empty()) std::memcpy(records.data(), bytes.data(), bytes.size());
        return records;
    }

private:
    int descriptor_ = -1;
};

}  // namespace foldline_tests
