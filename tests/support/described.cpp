#include "support/described.hpp"

#include <foldline/options.pb.h>

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <stdexcept>

namespace foldline_tests {
namespace {

namespace pb = google::protobuf;

std::string name_of(std::string package) {
    std::replace(package.begin(), package.end(), '.', '/');
    return package + ".proto";
}

pb::FileDescriptorProto parsed(const proto_file& file) {
    const std::string text =
        "syntax = \"proto3\";\npackage " + file.package + ";\nimport \"foldline/options.proto\";\n" + file.messages;
    pb::io::ArrayInputStream in{text.data(), static_cast<int>(text.size())};
    pb::io::Tokenizer tokens{&in, nullptr};
    pb::FileDescriptorProto result;
    if (!pb::compiler::Parser{}.Parse(&tokens, &result)) throw std::logic_error("no .proto text: " + text);
    result.set_name(name_of(file.package));
    return result;
}

class protoc {
public:
    std::string run(const std::vector<proto_file>& files) {
        add_import(*pb::FileDescriptorProto::descriptor()->file());
        add_import(*foldline::EventOptions::descriptor()->file());
        for (const proto_file& each : files) add(parsed(each));
        return set_.SerializeAsString();
    }

private:
    void add_import(const pb::FileDescriptor& file) {
        pb::FileDescriptorProto copy;
        file.CopyTo(&copy);
        add(copy);
    }

    void add(const pb::FileDescriptorProto& file) {
        const pb::FileDescriptor* built = pool_.BuildFile(file);
        if (!built) throw std::logic_error("no sound file: " + file.name());
        pb::FileDescriptorProto& described = *set_.add_file();
        built->CopyTo(&described);
        // protoc writes the names of JSON out.
        built->CopyJsonNameTo(&described);
    }

    pb::DescriptorPool pool_;
    pb::FileDescriptorSet set_;
};

}  // namespace

std::string described(const std::vector<proto_file>& files) { return protoc{}.run(files); }

}  // namespace foldline_tests
