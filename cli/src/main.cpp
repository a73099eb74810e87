#include <foldline/cli/application.hpp>

int main(int argc, char** argv) {
    foldline::cli::application self;
    self.version = FOLDLINE_VERSION;
    return foldline::cli::run(argc, argv, self);
}
