// The Pulumi provider for Kubernetes. The upstream module's own command can't be built from outside
// (it embeds two files that upstream's build generates), so this is that command's main function
// with the two files written next to it by toolchain/build: schema.json (with its version set) and
// terraform-mapping.json, both taken from the module.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var terraformMapping []byte

func main() {
	provider.Serve("kubernetes", version.Version, schema, terraformMapping)
}
