provscan license; provscan license --bogus; provscan license nowhere; provscan license .
