const { PolicyPack } = require('@pulumi/policy');

new PolicyPack('house-rules', {
  policies: [
    {
      name: 'no-large-machines',
      description: 'Machines are at most 2xlarge',
      enforcementLevel: 'mandatory',
      validateResource: ({ type, props }, report) => {
        if (type === 'aws:ec2/launchTemplate:LaunchTemplate' && /\.([4-9]|\d\d)xlarge$/.test(props.instanceType))
          report(`${props.instanceType} is larger than 2xlarge`);
      },
    },
    {
      name: 'spread-workers',
      description: 'Groups of machines have more than one',
      enforcementLevel: 'advisory',
      validateResource: ({ type, props }, report) => {
        if (type === 'aws:autoscaling/group:Group' && props.minSize === 1 && props.name.includes('worker'))
          report('one machine alone is no spare');
      },
    },
  ],
});
