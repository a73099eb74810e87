#include <foldline/cli/application.hpp>

#include <google/protobuf/stubs/logging.h>

int main(int argc, char** argv) {
    // Protobuf writes a line of its own wherever a string is not UTF-8; what matters of it, we say.
    google::protobuf::SetLogHandler(nullptr);
    foldline::cli::application self;
    self.version = FOLDLINE_VERSION;
    return foldline::cli::run(argc, argv, self);
}
