#include "proto_text.hpp"

#include <foldline/options.pb.h>

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/timestamp.pb.h>

#include <stdexcept>

namespace foldline_tests {
namespace {

namespace pb = google::protobuf;

/// Keeps the first error; a pool does not survive an exception.
class first_error final : public pb::io::ErrorCollector, public pb::DescriptorPool::ErrorCollector {
public:
    void AddError(int line, pb::io::ColumnNumber, const std::string& why) override {
        keep("line " + std::to_string(line + 1) + ": " + why);
    }
    void AddError(const std::string&, const std::string& element, const pb::Message*, ErrorLocation,
                  const std::string& why) override {
        keep(element + ": " + why);
    }
    void throw_if_any() const {
        if (!text_.empty()) throw std::invalid_argument(text_);
    }

private:
    void keep(const std::string& text) {
        if (text_.empty()) text_ = text;
    }

    std::string text_;
};

}  // namespace

pb::FileDescriptorProto compiled(const std::string& text) {
    // Whoever imports them finds them linked.
    (void)foldline::EventOptions::descriptor();
    (void)pb::Timestamp::descriptor();
    first_error errors;
    pb::io::ArrayInputStream bytes{text.data(), static_cast<int>(text.size())};
    pb::io::Tokenizer words{&bytes, &errors};
    pb::FileDescriptorProto file;
    pb::compiler::Parser parser;
    parser.RecordErrorsTo(&errors);
    parser.Parse(&words, &file);
    errors.throw_if_any();
    file.set_name("shop/order.proto");
    pb::DescriptorPool pool{pb::DescriptorPool::generated_pool()};
    const pb::FileDescriptor* linked = pool.BuildFileCollectingErrors(file, &errors);
    errors.throw_if_any();
    pb::FileDescriptorProto resolved;
    linked->CopyTo(&resolved);
    return resolved;
}

foldline::event_schema order_schema(const pb::FileDescriptorProto& file, std::string message, std::uint32_t version) {
    pb::FileDescriptorSet files;
    *files.add_file() = file;
    return {{"order-placed", version}, std::move(message), files.SerializeAsString()};
}

std::string proto2(std::string_view body) {
    return "syntax = \"proto2\"; package shop; import \"foldline/options.proto\";\n" + std::string(body);
}

std::string proto3(std::string_view body) {
    return "syntax = \"proto3\"; package shop; import \"foldline/options.proto\";\n" + std::string(body);
}

}  // namespace foldline_tests
