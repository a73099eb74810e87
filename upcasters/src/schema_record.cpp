// A file of a history, `order-placed/2.1.textpb`:
//
//   # order-placed@2, revision 1, as it was released. Written by `foldline schema accept`; never changed afterwards.
//   #
//   # syntax = "proto3";                     what it says, as .proto text: for whoever reviews it
//   # …
//   name: "order-placed"                     a foldline.schema.SchemaRecord: for foldline
//   …
#include "schema_record.hpp"

#include <foldline/core/error.hpp>
#include <foldline/upcasters/message_schema.hpp>

#include <fmt/core.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

namespace foldline::inline v0::detail {
namespace {

namespace pb = google::protobuf;
using foldline::schema::SchemaRecord;

/// Keeps the first complaint, which Protobuf would write on stderr otherwise.
class first_error final : public pb::io::ErrorCollector {
public:
    void AddError(int line, pb::io::ColumnNumber, const std::string& why) override {
        if (text.empty()) text = fmt::format("{}: {}", line + 1, why);
    }
    void AddWarning(int, pb::io::ColumnNumber, const std::string&) override {}

    std::string text;
};

/// Blank lines only between others. Descriptors may hold names that no `.proto` could, and the parser wants no control
/// character in a comment either.
void add_comment(std::string& text, std::string lines) {
    std::replace_if(
        lines.begin(), lines.end(), [](unsigned char c) { return (c < ' ' && c != '\n') || c == 0x7F; }, '?');
    std::istringstream in{lines.substr(0, lines.find_last_not_of('\n') + 1)};
    for (std::string line; std::getline(in, line);) text += (line.empty() ? "#" : "# " + line) + '\n';
}

std::string content_of(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    if (!in) throw storage_error(errno, "reading " + file.string(), std::strerror(errno));
    return {std::istreambuf_iterator<char>{in}, {}};
}

[[noreturn]] void refuse_to_write(const std::filesystem::path& file, int code) {
    throw storage_error(code, "writing " + file.string(), std::strerror(code));
}

}  // namespace

std::string text_of(const event_schema& schema, std::size_t revision) {
    SchemaRecord record;
    record.set_name(std::string{schema.type.name});
    record.set_version(schema.type.version);
    record.set_revision(static_cast<std::uint32_t>(revision));
    record.set_message(schema.message);
    record.mutable_files()->ParseFromString(schema.descriptor_set);

    std::string text;
    add_comment(text,
                fmt::format("{}, revision {}, as it was released. Written by `foldline schema accept`; never changed "
                            "afterwards.",
                            schema.type.to_string(), revision));
    const message_schema built{schema};
    for (const pb::FileDescriptorProto& file : record.files().file())
        add_comment(text, "\n// " + file.name() + "\n" +
                              built.descriptor().file()->pool()->FindFileByName(file.name())->DebugString());
    std::string message;
    pb::TextFormat::PrintToString(record, &message);
    return text + '\n' + message;
}

SchemaRecord record_from(std::string_view text, std::string_view place) {
    pb::io::ArrayInputStream in{text.data(), static_cast<int>(text.size())};
    first_error error;
    pb::TextFormat::Parser parser;
    parser.RecordErrorsTo(&error);
    SchemaRecord record;
    if (!parser.Parse(&in, &record))
        throw corrupt_data(
            fmt::format("{}:{}; take the file as it was recorded from the repository", place, error.text));
    return record;
}

SchemaRecord read_record(const std::filesystem::path& file) { return record_from(content_of(file), file.string()); }

void write_new_file(const std::filesystem::path& file, const std::string& text) {
    std::error_code failed;
    std::filesystem::create_directories(file.parent_path(), failed);
    if (failed) refuse_to_write(file, failed.value());
    // 'x': somebody else may have recorded the same revision since the history was read.
    std::FILE* out = std::fopen(file.c_str(), "wx");
    if (!out) refuse_to_write(file, errno);
    const bool written = std::fwrite(text.data(), 1, text.size(), out) == text.size();
    const int write_code = errno;
    if (std::fclose(out) == 0 && written) return;
    const int code = written ? errno : write_code;
    std::filesystem::remove(file, failed);
    refuse_to_write(file, code);
}

}  // namespace foldline::inline v0::detail
