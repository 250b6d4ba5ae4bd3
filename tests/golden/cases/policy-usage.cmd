provscan policy; provscan policy bogus; provscan policy show; provscan policy try; provscan policy list x; provscan policy show a b; provscan policy --policies; provscan policy --bogus
