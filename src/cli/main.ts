console.log('testbed');
