module kubezero.dev/toolchain/machine-runtime

go 1.21
